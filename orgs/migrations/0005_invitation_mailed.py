from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orgs", "0004_domains")]
    operations = [
        migrations.AddField(
            model_name="invitation",
            name="mailed",
            field=models.BooleanField(default=True, editable=False),
        ),
        migrations.AddIndex(
            model_name="invitation",
            index=models.Index(
                condition=models.Q(("status", "PENDING")), fields=["email"], name="invitation_waiting"
            ),
        ),
    ]
