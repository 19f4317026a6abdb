"""Whether the site works: for load balancers, containers and `make up`."""

from django.db import connection
from django.http import HttpResponse
from rest_framework.request import Request

from accounts.rest.answers import Answer
from accounts.rest.views import PublicView, describe


class HealthView(PublicView):
    @describe("read_health", answers={200: bool})
    def get(self, request: Request) -> HttpResponse:
        """True while the database answers; 503 otherwise."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return Answer(True)
