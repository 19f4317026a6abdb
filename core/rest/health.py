"""The health check for load balancers, containers and `make up`."""

from django.db import connection
from django.http import HttpResponse
from rest_framework.request import Request

from core.rest.descriptions import describe
from core.rest.responses import Answer
from core.rest.views import PublicView


class HealthView(PublicView):
    @describe("read_health", answers={200: bool})
    def get(self, request: Request) -> HttpResponse:
        """True while the database answers; 503 otherwise."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return Answer(True)
