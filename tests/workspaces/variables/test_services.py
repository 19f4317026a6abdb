"""What can happen to a variable: the row, its audit entry and its event, in one workspace and not in the other."""

from typing import Any

import pytest

from auditlog.actors import system
from auditlog.models import Entry
from core.errors import Invalid, NotFound, Taken
from tests.at_once import at_once
from tests.cast import Person
from tests.trash import empty_trash
from workspaces.directory.services import delete_workspace
from workspaces.events.models import Event
from workspaces.models import Workspace
from workspaces.variables.models import Variable
from workspaces.variables.services import create_variable, delete_variable, find_variable, update_variable

pytestmark = pytest.mark.django_db

US = system("tests")
# Not one of these is another one: order, type and form are kept.
VALUES: list[Any] = [
    None, True, False, 0, 1, 1.0, 1e300, -(2**63), 2**63, "", "null", "ü\u2028", [], {}, [None], {"b": 1, "a": [1.5]},
]  # fmt: skip


def make(workspace: Workspace, name: str = "region", value: Any = "eu", tags: tuple[str, ...] = ()) -> Variable:
    return create_variable(workspace, name=name, value=value, tags=list(tags), actor=US)


def told() -> list[tuple[str, dict[str, Any]]]:
    return [
        (entry.action, entry.detail) for entry in Entry.objects.filter(action__startswith="variable").order_by("id")
    ]


def test_each_change_leaves_an_entry_and_an_event(owner: Person) -> None:
    variable = make(owner.workspace, tags=("prod",))
    update_variable(variable, {"name": "zone", "value": {"secret": 1}}, actor=US)
    update_variable(variable, {"tags": []}, actor=US)
    resource = {"prefect.resource.id": f"prefect.variable.{variable.id}"}
    delete_variable(variable, actor=US)
    assert told() == [
        ("variable.created", {}),
        ("variable.updated", {"fields": ["name", "value"], "name": {"from": "region", "to": "zone"}}),
        ("variable.updated", {"fields": ["tags"], "tags": {"from": ["prod"], "to": []}}),
        ("variable.deleted", {}),
    ]
    events = Event.objects.filter(workspace=owner.workspace).order_by("id")
    assert [(event.event, event.resource, event.related, event.payload) for event in events] == [
        (f"prefect.variable.{what}", {**resource, "prefect.resource.name": payload["name"]}, [], payload)
        for what, payload in (
            ("created", {"name": "region", "value": "eu", "tags": ["prod"]}),
            ("updated", {"name": "zone", "value": {"secret": 1}, "tags": ["prod"]}),
            ("updated", {"name": "zone", "value": {"secret": 1}, "tags": []}),
            ("deleted", {"name": "zone", "value": {"secret": 1}, "tags": []}),
        )
    ]
    assert Variable.objects.count() == 0


def test_values_come_back_as_they_were_given(owner: Person) -> None:
    for number, value in enumerate(VALUES):
        kept = Variable.objects.get(id=make(owner.workspace, f"v{number}", value).id).value
        assert (repr(kept), type(kept)) == (repr(value), type(value))
    assert list(Variable.objects.filter(value__in=["null"]).values_list("name", flat=True)) == ["v10"]


def test_name_is_unique_in_a_workspace_alone(owner: Person, stranger: Person) -> None:
    mine, theirs = make(owner.workspace), make(stranger.workspace, value="theirs")
    other = make(owner.workspace, "other")
    with pytest.raises(Taken, match="A variable with the name 'region' already exists"):
        make(owner.workspace)
    with pytest.raises(Taken):
        update_variable(other, {"name": "region"}, actor=US)
    update_variable(mine, {"name": "region", "value": "us"}, actor=US)
    theirs.refresh_from_db()
    assert (find_variable(owner.workspace, name="region").value, theirs.value) == ("us", "theirs")
    assert [action for action, _ in told()].count("variable.created") == 3


def test_variable_of_another_workspace_is_not_found(owner: Person, stranger: Person) -> None:
    theirs = make(stranger.workspace)
    for which in ({"id": theirs.id}, {"name": theirs.name}):
        with pytest.raises(NotFound, match="Variable not found"):
            find_variable(owner.workspace, **which)
        assert find_variable(stranger.workspace, **which) == theirs


def test_what_is_gone_is_neither_changed_nor_deleted_again(owner: Person) -> None:
    variable = make(owner.workspace)
    delete_variable(find_variable(owner.workspace, id=variable.id), actor=US)
    with pytest.raises(NotFound):
        update_variable(variable, {"value": 1}, actor=US)
    with pytest.raises(NotFound):
        delete_variable(variable, actor=US)
    assert [action for action, _ in told()] == ["variable.created", "variable.deleted"]


def test_cap_is_that_of_one_workspace(owner: Person, stranger: Person, settings: Any) -> None:
    settings.CAPS = {**settings.CAPS, "variables": 1}
    make(stranger.workspace)
    make(owner.workspace)
    with pytest.raises(Invalid, match="A workspace can have at most 1 variables"):
        make(owner.workspace, "second")


def test_workspace_takes_its_variables_along(owner: Person, stranger: Person) -> None:
    gone, kept = make(owner.workspace), make(stranger.workspace)
    assert gone.workspace_id != kept.workspace_id
    deleted = Workspace.objects.get(id=owner.workspace.id)
    delete_workspace(owner.workspace, actor=US)
    with pytest.raises(NotFound):
        make(deleted)
    assert empty_trash()
    assert list(Variable.objects.all()) == [kept]


@pytest.mark.django_db(transaction=True)
def test_same_name_at_once_is_one_variable(owner: Person) -> None:
    results = at_once(*[lambda: make(owner.workspace)] * 3)
    assert sorted(type(result).__name__ for result in results) == ["Taken", "Taken", "Variable"]
    assert Entry.objects.filter(action="variable.created").count() == 1


def test_event_of_an_update_has_the_values_that_others_have_set_meanwhile(owner: Person) -> None:
    read_earlier = make(owner.workspace)
    update_variable(find_variable(owner.workspace, name="region"), {"value": "us"}, actor=US)
    update_variable(read_earlier, {"tags": ["prod"]}, actor=US)
    payload = Event.objects.filter(workspace=owner.workspace).order_by("id").last().payload  # type: ignore[union-attr]
    assert payload == {"name": "region", "value": "us", "tags": ["prod"]}
