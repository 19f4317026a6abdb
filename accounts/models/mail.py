from django.db import models

from auditlog.ids import new_id


class OutgoingMail(models.Model):
    """A mail to send. Written with the change that causes it, sent after the commit, emptied once it is sent."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    recipient = models.EmailField()
    subject = models.CharField(max_length=998)
    text = models.TextField(blank=True)
    html = models.TextField(blank=True)
    created = models.DateTimeField(auto_now_add=True)
    # When a sender took it: no other one does until the lease ends.
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True)

    class Meta:
        verbose_name_plural = "outgoing mail"
        indexes = [models.Index(fields=["created"], name="mail_waiting", condition=models.Q(sent_at=None))]

    def __str__(self) -> str:
        return f"{self.subject} to {self.recipient}"
