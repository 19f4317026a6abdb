"""DRF's default permission. It is a module of its own because DRF imports it while DRF itself is imported."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request


class Refused(BasePermission):
    """Deny all requests, so that an endpoint without permissions is closed."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return False
