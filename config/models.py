from django.db import models


class TaskReport(models.Model):
    """What the workers report about one background task, for the start page of the admin. One row for each task."""

    name = models.CharField(primary_key=True, max_length=200)
    succeeded_at = models.DateTimeField(null=True)
    failures = models.PositiveIntegerField(default=0)
    failed_at = models.DateTimeField(null=True)
    # Only the type of the exception, because its message may contain data of tenants.
    last_error = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return self.name


class IsolationReport(models.Model):
    """What the last `manage.py prove_isolation` found, for the start page of the admin. There is one row at most."""

    ONLY = 1

    id = models.PositiveSmallIntegerField(primary_key=True, default=ONLY)
    finished_at = models.DateTimeField()
    operations = models.PositiveIntegerField()
    pages = models.PositiveIntegerField()
    requests = models.PositiveIntegerField()
    switched_off = models.PositiveIntegerField()  # filters; 0 without row-level security
    leaks = models.PositiveIntegerField()
    passed = models.BooleanField()
    quick = models.BooleanField()

    def __str__(self) -> str:
        return f"{self.leaks} leaks in {self.operations} operations and {self.pages} pages"
