"""The pages of variables."""

from typing import Any

import pytest

from accounts.models import User
from auditlog.actors import system
from orgs.services.roles import create_role
from rbac import scopes
from tests.cast import Organization, Person, make_colleague, share
from tests.visits import queries, root, text, visitor
from tests.workspaces.variables.test_services import make
from workspaces.variables.models import Variable

pytestmark = pytest.mark.django_db


def place(person: Person) -> str:
    return f"{root(person.workspace)}/variables"


def form(**fields: str) -> dict[str, str]:
    return {"name": "region", "value": '"eu"', "tags": "", **fields}


def test_list_shows_the_workspace_and_nothing_of_a_stranger(owner: Person, stranger: Person) -> None:
    make(stranger.workspace, "secret", "secret")
    make(owner.workspace, "long", {"key": "x" * 200})
    make(owner.workspace, "flag", True, ("prod",))
    page = visitor(owner.user).get(place(owner))
    assert [(row.variable.name, row.line[:9], bool(row.full)) for row in page.context["rows"]] == [
        ("flag", "true", False),
        ("long", '{"key":"x', True),
    ]
    assert ("2 variables" in text(page), "secret" in page.content.decode()) == (True, False)


@pytest.mark.parametrize(
    ("query", "names"),
    [("", "alpha beta"), ("?q=ALP", "alpha"), ("?tag=prod", "beta"), ("?q=a&tag=none", ""), ("?q=%00alp", "alpha")],
)
def test_list_is_searched(owner: Person, stranger: Person, query: str, names: str) -> None:
    make(stranger.workspace, "alpha", tags=("prod",))
    make(owner.workspace, "alpha")
    make(owner.workspace, "beta", tags=("prod",))
    page = visitor(owner.user).get(place(owner) + query)
    assert [row.variable.name for row in page.context["rows"]] == names.split()


def test_pages_of_the_list_follow_each_other(owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workspaces.variables.pages.ROWS", 2)
    for name in "cadbe":
        make(owner.workspace, name)
    client, query, seen = visitor(owner.user), "?q=", ""
    while query:
        page = client.get(place(owner) + query)
        seen += "".join(row.variable.name for row in page.context["rows"])
        query = page.context["page"].next
    assert seen == "abcde"


def test_list_makes_the_same_few_queries_for_one_variable_and_for_three(owner: Person) -> None:
    make(owner.workspace)
    client = visitor(owner.user)
    one = queries(client, place(owner))
    make(owner.workspace, "b", [1] * 200)
    make(owner.workspace, "c", None, ("x", "y"))
    assert queries(client, place(owner)) == one <= 6


def test_nothing_found_differs_from_nothing_there(owner: Person, stranger: Person) -> None:
    make(stranger.workspace)
    client = visitor(owner.user)
    empty = text(client.get(place(owner)))
    assert ("No variables yet" in empty, "Variable.get(" in empty, "Create variable" in empty) == (True, True, True)
    assert "No variables match" in text(client.get(f"{place(owner)}?q=x"))


def test_form_creates_and_changes(owner: Person, stranger: Person) -> None:
    theirs = make(stranger.workspace, value="theirs")
    client = visitor(owner.user)
    sent = form(value='{"b": [1.0, null]}', tags="a, b,,a ")
    assert client.post(f"{place(owner)}/create", sent)["Location"] == place(owner)
    made = owner.workspace.variables.get()
    assert (made.name, made.value, made.tags) == ("region", {"b": [1.0, None]}, ["a", "b"])
    page = client.get(f"{place(owner)}/variable/{made.id}")
    shown = page.context["form"].initial
    assert shown == {"name": "region", "value": '{\n  "b": [\n    1.0,\n    null\n  ]\n}', "tags": "a, b"}
    assert 'Variable.get("region")' in text(page).replace("&quot;", '"')
    made.tags = ["set, meanwhile"]
    made.save()
    hidden = {f"initial-{field}": text for field, text in shown.items()}
    client.post(f"{place(owner)}/variable/{made.id}", {**shown, **hidden, "value": "7"})
    made.refresh_from_db()
    theirs.refresh_from_db()
    assert (made.value, made.tags, theirs.value) == (7, ["set, meanwhile"], "theirs")


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"value": "eu"}, "Invalid JSON: expected value at line 1 column 1. Put text in double quotes."),
        ({"value": '{"a": 1,}'}, "Invalid JSON: trailing comma at line 1 column 9"),
        ({"value": "NaN"}, "JSON decode error"),
        ({"value": "[" * 5_000}, "Invalid JSON: recursion limit exceeded"),
        ({"value": f'"{"x" * 5_000}"'}, "Variable value must be less than 5000 characters"),
        ({"value": ""}, "This field is required."),
        ({"name": "Region"}, "Variable name must only contain lowercase letters"),
        ({"name": "x" * 256}, "at most 255 characters"),
        ({"name": "taken"}, "A variable with the name &#x27;taken&#x27; already exists."),
        ({"tags": ",".join(map(str, range(101)))}, "at most 100 tags"),
    ],
)
def test_form_says_what_is_wrong_and_keeps_what_was_typed(owner: Person, fields: dict[str, str], words: str) -> None:
    make(owner.workspace, "taken")
    made = make(owner.workspace, "mine")
    client = visitor(owner.user)
    for path in ("create", f"variable/{made.id}"):
        page = client.post(f"{place(owner)}/{path}", form(**fields))
        assert (page.status_code, words in page.content.decode()) == (422, True), path
        assert page.context["form"]["value"].value() == form(**fields)["value"]
    made.refresh_from_db()
    assert (Variable.objects.count(), made.name, made.value) == (2, "mine", "eu")


def test_value_in_lists_in_lists_is_not_indented_to_a_megabyte(owner: Person) -> None:
    value: Any = [1] * 2_000
    for _ in range(190):
        value = [value]
    made = make(owner.workspace, "deep", value)
    client = visitor(owner.user)
    assert len(client.get(place(owner)).content) < 100_000
    page = f"{place(owner)}/variable/{made.id}"
    shown = client.get(page).context["form"].initial
    assert client.post(page, {**shown, "tags": "deep"}).status_code == 302
    made.refresh_from_db()
    assert (made.value, made.tags) == (value, ["deep"])


def test_page_sends_the_values_it_was_shown_with(owner: Person) -> None:
    made = make(owner.workspace, "region", "eu")
    page = visitor(owner.user).get(f"{place(owner)}/variable/{made.id}").content.decode()
    assert 'type="hidden" name="initial-value" value="&quot;eu&quot;"' in page


def test_deletion_asks_first(owner: Person, stranger: Person) -> None:
    made, kept = make(owner.workspace), make(stranger.workspace)
    path = f"{place(owner)}/variable/{made.id}/delete"
    client = visitor(owner.user)
    assert "Delete region?" in text(client.get(path))
    assert Variable.objects.count() == 2
    assert client.post(path)["Location"] == place(owner)
    assert list(Variable.objects.all()) == [kept]
    assert client.post(path).status_code == 404


def test_variable_of_a_stranger_is_a_missing_page(owner: Person, stranger: Person) -> None:
    theirs = make(stranger.workspace)
    client = visitor(owner.user)
    for path in (f"variable/{theirs.id}", f"variable/{theirs.id}/delete"):
        answers = [getattr(client, method)(f"{place(owner)}/{path}", form()) for method in ("get", "post")]
        assert [answer.status_code for answer in answers] == [404, 404]
    assert visitor(owner.user).get(place(stranger)).status_code == 404


def _colleague(organization: Organization, *held: str) -> User:
    account = organization.account
    role = create_role(account, name="Role", scopes=[scopes.SEE_WORKSPACE_SETTINGS, *held], actor=system("tests"))
    user = make_colleague(account, "colleague").user
    share(organization.workspace, user, role.name)
    return user


@pytest.mark.parametrize(
    ("held", "statuses", "buttons"),
    [
        ((), [403, 403, 403, 403], None),
        ((scopes.SEE_VARIABLES,), [200, 403, 403, 403], (False, False)),
        ((scopes.WRITE_VARIABLES,), [200, 200, 200, 403], (True, False)),
        ((scopes.MANAGE_VARIABLES,), [200, 200, 200, 200], (True, True)),
    ],
)
def test_pages_and_buttons_are_those_that_one_may_use(
    organization: Organization, held: tuple[str, ...], statuses: list[int], buttons: Any
) -> None:
    made = make(organization.workspace)
    client = visitor(_colleague(organization, *held))
    here = f"{root(organization.workspace)}/variables"
    paths = ["", "/create", f"/variable/{made.id}", f"/variable/{made.id}/delete"]
    assert [client.get(here + path).status_code for path in paths] == statuses
    settings = client.get(f"{root(organization.workspace)}/settings").content.decode()
    assert (f'href="{here}"' in settings) is (buttons is not None)
    if buttons is not None:
        page = client.get(here).content.decode()
        assert (f"{here}/create" in page, "/delete" in page) == buttons
        assert (f"/variable/{made.id}" in page) is buttons[0]


def test_deleting_the_workspace_says_how_many_go(owner: Person, stranger: Person) -> None:
    make(stranger.workspace)
    make(owner.workspace)
    contents = dict(visitor(owner.user).get(f"{root(owner.workspace)}/settings/delete").context["contents"])
    assert (contents["variable"], contents["flows"], contents["active flow runs"]) == ("1", "0", "0")
