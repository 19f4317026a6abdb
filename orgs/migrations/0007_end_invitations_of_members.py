from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.models import Exists, OuterRef, Q


def end(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """End the pending invitations of people who have joined in another way, as joining does now."""
    Invitation = apps.get_model("orgs", "Invitation")
    Membership = apps.get_model("orgs", "Membership")
    Grant = apps.get_model("rbac", "Grant")
    member = Membership.objects.filter(account=OuterRef("account"), user__email__iexact=OuterRef("email"))
    collaborator = Grant.objects.filter(workspace=OuterRef("workspace"), user__email__iexact=OuterRef("email"))
    joined = Q(Exists(member), account__kind="ORGANIZATION") | Q(Exists(collaborator), account__kind="PERSONAL")
    ids = list(Invitation.objects.filter(joined, status="PENDING").values_list("id", flat=True))
    for start in range(0, len(ids), 500):
        Invitation.objects.filter(id__in=ids[start : start + 500]).update(status="REVOKED", joined_otherwise=True)


class Migration(migrations.Migration):
    dependencies = [("orgs", "0006_invitation_joined_otherwise"), ("rbac", "0001_initial")]
    operations = [migrations.RunPython(end, migrations.RunPython.noop)]
