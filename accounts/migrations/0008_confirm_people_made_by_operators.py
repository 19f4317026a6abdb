"""Count the address of people without a row for it as confirmed: an operator made them. Sign-up always writes one."""

from django.db import migrations, models
from django.db.models import Exists, OuterRef


def vouch(apps, schema_editor):
    User = apps.get_model("accounts", "User")
    EmailAddress = apps.get_model("account", "EmailAddress")
    known = EmailAddress.objects.filter(user=OuterRef("pk"))
    people = User.objects.filter(~Exists(known), kind="user").values_list("pk", "email")
    EmailAddress.objects.bulk_create(
        (EmailAddress(user_id=pk, email=email.lower(), primary=True, verified=True) for pk, email in people.iterator()),
        batch_size=500,
        ignore_conflicts=True,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0007_user_access_ended_at"),
        ("account", "0009_emailaddress_unique_primary_email"),
    ]

    operations = [migrations.RunPython(vouch, migrations.RunPython.noop)]
