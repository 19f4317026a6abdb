from django.db import migrations

from core.db.ids import new_id


def create_everyone_team(apps, schema_editor):
    """Each organization gets the team of all its people. Harmless when it runs again."""
    Account, Group = apps.get_model("accounts", "Account"), apps.get_model("auth", "Group")
    Membership, Team = apps.get_model("orgs", "Membership"), apps.get_model("orgs", "Team")
    Place = apps.get_model("accounts", "User").groups.through
    for account in Account.objects.filter(kind="ORGANIZATION").exclude(teams__everyone=True).iterator():
        team_id = new_id()
        group = Group.objects.create(name=f"team {team_id}")
        Team.objects.create(id=team_id, account=account, name="Everyone", everyone=True, group=group)
        people = Membership.objects.filter(account=account).exclude(role="Collaborator").values_list("user", flat=True)
        Place.objects.bulk_create([Place(user_id=user, group_id=group.id) for user in people], batch_size=1000)


class Migration(migrations.Migration):
    dependencies = [("orgs", "0002_teams_invitations_networks"), ("auth", "0012_alter_user_first_name_max_length")]
    operations = [migrations.RunPython(create_everyone_team, migrations.RunPython.noop)]
