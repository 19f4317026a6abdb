"""Delete leases of concurrency slots that have expired. Their slots have been free since then."""

from django.utils import timezone

from workspaces.concurrency.models import Lease

_MOST = 1_000


def delete_expired_leases() -> int:
    """Delete expired leases, the oldest first. Return how many there were in this pass."""
    expired = Lease.objects.filter(expires__lte=timezone.now()).order_by("expires")
    deleted, _ = Lease.objects.filter(id__in=list(expired.values_list("id", flat=True)[:_MOST])).delete()
    return deleted
