import pytest
from django.test import Client

from accounts.models import User
from tests.visits import visitor


@pytest.fixture
def desk(operator: User) -> Client:
    """A browser in which the operator is signed in."""
    return visitor(operator)
