"""A collaborator of one workspace learns nothing of whom the account shares its others with."""

from uuid import uuid4

import pytest

from auditlog.actors import system
from rbac import builtin
from rbac.models import Grant
from tests.cast import Organization, Person, api_root, share
from tests.visits import root, staged, text, visitor
from tests.workspaces.access.pages.test_collaborators import collaborate
from workspaces.access.sharing import stop_sharing
from workspaces.directory.services import create_workspace
from workspaces.models import Workspace

ROLE = str(builtin.IDS[builtin.VIEWER])


@pytest.fixture
def elsewhere(owner: Person) -> Workspace:
    return create_workspace(owner.account, name="Elsewhere", handle="elsewhere", actor=system("tests"))


@pytest.fixture
def hidden(owner: Person, elsewhere: Workspace) -> Person:
    """A collaborator of the other workspace alone."""
    hidden = collaborate(owner, "hilda")
    share(elsewhere, hidden.user, builtin.DEVELOPER)
    stop_sharing(owner.workspace, hidden.user, actor=system("tests"))
    return hidden


@pytest.fixture
def guest(owner: Person) -> Person:
    return collaborate(owner, "gus", builtin.OWNER)


def test_search_finds_only_who_enters_here(owner: Person, guest: Person, hidden: Person) -> None:
    collaborate(owner, "greta")
    place = f"{root(owner.workspace)}/settings/sharing/why"
    for reader, seen in ((guest, False), (owner, True)):
        for words in ("", "hilda"):
            assert ("hilda@example.com" in text(visitor(reader.user).get(place, {"q": words}))) is seen
        assert "greta@example.com" in text(visitor(reader.user).get(place))


def test_reasons_of_somebody_elsewhere_are_as_those_of_nobody(owner: Person, guest: Person, hidden: Person) -> None:
    place, client = f"{root(owner.workspace)}/settings/sharing/why", visitor(guest.user)
    answers = [client.get(f"{place}/{id}") for id in (hidden.user.id, uuid4())]
    assert [(answer.status_code, "Hilda" in text(answer)) for answer in answers] == [(404, False)] * 2
    assert [client.get(f"{place}/{one.user.id}").status_code for one in (owner, guest)] == [200, 200]
    assert visitor(owner.user).get(f"{place}/{hidden.user.id}").status_code == 200


def test_page_gives_no_role_to_somebody_elsewhere(owner: Person, guest: Person, hidden: Person) -> None:
    place, client = f"{root(owner.workspace)}/settings/sharing/people", visitor(guest.user)
    for id in (hidden.user.id, uuid4()):
        assert client.post(place, staged((id, "", ROLE))).status_code == 409
        assert client.get(f"{place}/{id}/remove").status_code == 404
    assert visitor(owner.user).post(place, staged((hidden.user.id, "", ROLE))).status_code == 302
    assert Grant.objects.filter(workspace=owner.workspace, user=hidden.user).count() == 1


def test_api_gives_no_role_to_somebody_elsewhere(owner: Person, guest: Person, hidden: Person) -> None:
    place = f"{owner.workspace_api}/user_access/"
    answers = []
    for id in (hidden.user.id, uuid4()):
        answer = guest.api.post(place, {"user_id": str(id), "workspace_role_id": ROLE})
        answers.append((answer.status_code, answer.content.decode().replace(str(id), "ID")))
    assert (answers[0], answers[0][0]) == (answers[1], 422)
    assert Grant.objects.filter(workspace=owner.workspace, user=hidden.user).exists() is False
    body = {"user_id": str(hidden.user.id), "workspace_role_id": ROLE}
    assert owner.api.post(place, body).status_code == 200
    assert guest.api.post(place, body).status_code == 200  # who enters here can be given another role


def test_removing_somebody_does_not_tell_whether_they_are_elsewhere(
    owner: Person, guest: Person, hidden: Person
) -> None:
    share(owner.workspace, hidden.user, builtin.VIEWER)
    only_here = collaborate(owner, "otto", builtin.VIEWER)
    client, told = visitor(guest.user), []
    for one in (hidden, only_here):
        place = f"{root(owner.workspace)}/settings/sharing/people"
        question = text(client.get(f"{place}/{one.user.id}/remove"))
        was = str(builtin.IDS[builtin.VIEWER])
        answer = text(client.post(place, staged((one.user.id, was, "")), follow=True))
        told.append(["invited again" in question, "no longer has a direct role here" in answer, "Undo" in answer])
    assert told == [[False, True, False]] * 2


def test_member_of_an_organization_finds_all_of_it(organization: Organization) -> None:
    workspace, member = organization.workspace, organization.member
    share(workspace, member.user, builtin.OWNER)
    colleague = organization.admin
    assert visitor(member.user).get(f"{root(workspace)}/settings/sharing/why/{colleague.user.id}").status_code == 200
    body = {"user_id": str(colleague.user.id), "workspace_role_id": ROLE}
    assert member.api.post(f"{api_root(workspace)}/user_access/", body).status_code == 200
