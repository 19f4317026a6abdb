from django.db import models

from core.db.ids import new_id


class OutgoingMail(models.Model):
    """A mail to send. It is saved with the change that causes it, sent after the commit, and then emptied."""

    INVITATION, ACCOUNT, RESET, NOTICE = "invitation", "account", "reset", "notice"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    recipient = models.EmailField()
    subject = models.CharField(max_length=998)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    purpose = models.CharField(
        max_length=20,
        choices=[
            (INVITATION, "invitation"),
            (ACCOUNT, "confirmation or word about an account"),
            (RESET, "password reset"),
            (NOTICE, "notice of a change"),
        ],
        default=NOTICE,
    )
    # Who caused it and for which account, to count mails by. Either may have been deleted.
    sender_id = models.UUIDField(null=True)
    account_id = models.UUIDField(null=True)
    created = models.DateTimeField(auto_now_add=True)
    # When a process began to send it. No other one tries until the lease ends.
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name_plural = "outgoing mail"
        indexes = [
            models.Index(fields=["created"], name="mail_waiting", condition=models.Q(sent_at=None)),
            # For `mail_pace`.
            models.Index(fields=["purpose", "created"], name="mail_pace"),
            models.Index(fields=["recipient", "created"], name="mail_pace_of_recipient"),
            models.Index(fields=["sender_id", "created"], name="mail_pace_of_sender"),
            models.Index(fields=["account_id", "created"], name="mail_pace_of_account"),
        ]

    def __str__(self) -> str:
        return f"{self.subject} to {self.recipient}"
