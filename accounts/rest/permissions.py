"""The default gate of DRF. A module of its own, as DRF imports it while it is being imported itself."""

from typing import Any

from rest_framework.permissions import BasePermission
from rest_framework.request import Request


class Refused(BasePermission):
    """An endpoint that says nothing about who may call it is closed."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return False
