from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0009_outgoing_mail_of_password_resets"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="shows_utc",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="user",
            name="time_zone",
            field=models.CharField(blank=True, default="", max_length=64),
        ),
    ]
