from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orgs", "0005_invitation_mailed")]
    operations = [
        migrations.AddField(
            model_name="invitation",
            name="joined_otherwise",
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AlterField(
            model_name="invitation",
            name="status",
            field=models.CharField(
                choices=[
                    ("PENDING", "pending"),
                    ("ACCEPTED", "accepted"),
                    ("REJECTED", "declined"),
                    ("REVOKED", "revoked"),
                ],
                default="PENDING",
                max_length=20,
            ),
        ),
    ]
