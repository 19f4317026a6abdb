"""Exports of the audit log, which are kept in the database, and streams, which send entries to another server."""

from typing import ClassVar
from urllib.parse import urlsplit

from django.db import models

from accounts.models import Account
from core.db.ids import new_id


class AuditExport(models.Model):
    """A file with entries of an account's audit log, which a background task writes.

    It is in the database, because web processes and workers may share no disk.

    `first` and `last` are the positions in the chain that the file covers. They are null until the task begins, and
    `position` is the last one that it has handled.
    """

    tenant_column: ClassVar[str] = "account_id"
    CSV, JSONL = "csv", "jsonl"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="audit_exports")
    # A plain id and a copy of the name, as in entries.
    actor_id = models.UUIDField(null=True)
    actor_name = models.CharField(max_length=254)
    kind = models.CharField(max_length=5, choices=[(CSV, "CSV"), (JSONL, "verifiable export")])
    query = models.TextField(blank=True)  # the filters, as in the address of the page
    time_zone = models.CharField(max_length=64)  # of the days in the filters
    created = models.DateTimeField(auto_now_add=True)
    first = models.BigIntegerField(null=True)
    last = models.BigIntegerField(null=True)
    position = models.BigIntegerField(default=0)
    entries = models.BigIntegerField(default=0)
    size = models.BigIntegerField(default=0)  # bytes of the file
    stored = models.BigIntegerField(default=0)  # bytes of its parts, which are compressed
    parts = models.PositiveIntegerField(default=0)
    # When a worker last saved progress. No other one continues until the lease ends.
    claimed_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)  # since the last progress
    finished_at = models.DateTimeField(null=True)
    problem = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return self.file_name

    @property
    def file_name(self) -> str:
        return f"audit-log-{self.account.handle}-{self.created.date()}.{self.kind}"

    @property
    def ready(self) -> bool:
        return self.finished_at is not None and not self.problem

    @property
    def percent(self) -> int:
        if self.first is None or self.last is None or self.last < self.first:
            return 0
        return (self.position - self.first + 1) * 100 // (self.last - self.first + 1)


class ExportPart(models.Model):
    """A part of the file, compressed with zlib."""

    tenant_column: ClassVar[str] = "account_id"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+", db_index=False)
    export = models.ForeignKey(AuditExport, on_delete=models.CASCADE, related_name="+", db_index=False)
    number = models.PositiveIntegerField()
    content = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["export", "number"], name="audit_export_part")]

    def __str__(self) -> str:
        return f"part {self.number} of {self.export_id}"


class AuditStream(models.Model):
    """An https address that gets the account's new entries. `position` is that of the last delivered one."""

    tenant_column: ClassVar[str] = "account_id"

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="audit_streams", db_index=False)
    address = models.CharField(max_length=2000)
    secret = models.TextField()  # encrypted (core.secret_text)
    actor_id = models.UUIDField(null=True)  # who created it, as in entries
    actor_name = models.CharField(max_length=254)
    created = models.DateTimeField(auto_now_add=True)
    paused_at = models.DateTimeField(null=True)
    position = models.BigIntegerField(default=0)
    delivered_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)  # since the last success
    last_error = models.CharField(max_length=200, blank=True)
    next_attempt_at = models.DateTimeField()
    # When a worker began to send. No other one does until the lease ends.
    claimed_at = models.DateTimeField(null=True)
    tested_at = models.DateTimeField(null=True)
    test_result = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["account", "address"], name="audit_stream_address")]

    def __str__(self) -> str:
        return self.host

    @property
    def host(self) -> str:
        """Return the host without the rest of the address, which may contain a password of the receiver."""
        return urlsplit(self.address).hostname or ""
