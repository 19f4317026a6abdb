"""Generate docs/permissions.md, the tables of roles and permissions."""

from collections.abc import Iterable

from rbac import builtin, permissions
from rbac.scope_groups import GROUPS, ScopeLevel

_INTRODUCTION = """\
# Who can do what

This page is made from the code by `manage.py permissions_table --write`; a test fails when it is out of date.

## How rights combine

- Somebody in an **organization** has an account role: Owner, Admin or Member. It decides about the account: its people,
  teams, service accounts, roles and settings.
- In each **workspace** they have workspace roles. What they may do there is the **union** of all that reach them: the
  workspace's default role (for the people of the organization, not for service accounts), the role given to them
  there, and the roles given there to each team they are in. A role adds rights and never takes any away.
- **Owners and admins of the account own every workspace** of it, without being listed there. So does the person of a
  personal account in theirs.
- **Access lists only narrow.** A deployment, block or work pool with a list is open to those who are on the list *and*
  hold the scope by a role.
- An API key acts with all rights of its person or service account, as they are at that moment.
- Who is in a workspace without the right gets 403 with the name of the scope; who is not in it gets 404, as for a
  workspace that does not exist.
- Nobody gives away, or takes from others, more rights than they have.

Your own roles are made under **Roles** in the organization, see [roles.md](roles.md).
"""


def page() -> str:
    """Return the whole page in Markdown."""
    return "\n".join([_INTRODUCTION, *_workspace_roles(), *_account_roles(), *_brought_along()])


def _workspace_roles() -> list[str]:
    lines = ["## Workspace scopes and built-in roles", ""]
    for group in GROUPS:
        rows = [
            [f"`{level.scope}`", _allows(level), *_held(level.scope, builtin.SCOPES.values())] for level in group.levels
        ]
        lines += [f"### {group.name}", "", *_table(["Scope", "Allows to", *builtin.SCOPES], rows), ""]
    counts = ", ".join(f"{role} {len(held)}" for role, held in builtin.SCOPES.items())
    return [*lines, f"Scopes held in all: {counts}.", ""]


def _account_roles() -> list[str]:
    rows = [
        [f"`{name}`", *_held(name, permissions.ROLES.values())]
        for name in sorted(permissions.ALL, key=lambda name: name.split(":")[::-1])
    ]
    return [
        "## Account permissions and account roles",
        "",
        "A Collaborator was invited to single workspaces of a personal account and sees nothing else of it.",
        "",
        *_table(["Permission", *permissions.ROLES], rows),
        "",
    ]


def _brought_along() -> list[str]:
    rows = [
        [f"`{level.scope}`", ", ".join(f"`{name}`" for name in sorted(level.includes))]
        for group in GROUPS
        for level in group.levels
        if level.includes
    ]
    return [
        "## What each scope brings along",
        "",
        "A role of your own that holds the scope on the left holds those on the right, too.",
        "",
        *_table(["Scope", "Brings along"], rows),
        "",
    ]


def _allows(level: ScopeLevel) -> str:
    *first, last = level.verbs
    return f"{', '.join(first)} and {last} {level.noun}" if first else f"{last} {level.noun}"


def _held(name: str, roles: Iterable[frozenset[str]]) -> list[str]:
    return ["yes" if name in held else "" for held in roles]


def _table(head: list[str], rows: list[list[str]]) -> list[str]:
    return [_row(head), _row(["---"] * len(head)), *(_row(row) for row in rows)]


def _row(cells: list[str]) -> str:
    return f"| {' | '.join(cells)} |".replace("|  |", "| |").replace("|  |", "| |")
