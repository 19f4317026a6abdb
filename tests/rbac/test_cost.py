"""What authorization costs: one query for what an actor may do in a workspace, two with the key that says who comes."""

from typing import Any

import pytest

from orgs.services.teams import add_to_team, create_team
from tests.cast import Organization, share
from workspaces.scoping import enter, enter_with_key


@pytest.mark.parametrize("who", ["owner", "member"])
def test_one_query_says_what_an_actor_may_do(
    organization: Organization, who: str, django_assert_num_queries: Any, django_assert_max_num_queries: Any
) -> None:
    workspace, actor = organization.workspace, organization.owner.user.as_actor()
    share(workspace, organization.member.user, "Viewer")
    for number in range(3):
        team = create_team(organization.account, name=f"Team {number}", actor=actor)
        add_to_team(team, [organization.member.user], actor=actor)
        share(workspace, team, "Runner")
    person = organization.owner if who == "owner" else organization.member
    enter(person.user, workspace.id)  # the names of scopes are read once
    with django_assert_num_queries(1):
        access = enter(person.user, workspace.id)
    assert access is not None and access.allows("see_flows")
    with django_assert_max_num_queries(2):
        key, access = enter_with_key(person.key_value, workspace.id, workspace.account_id)
    assert key is not None and access is not None and access.allows("run_deployments")
