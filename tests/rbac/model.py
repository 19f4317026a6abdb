"""What an actor may do, in a few lines: the model that the real thing is held against."""

from dataclasses import dataclass, field

from rbac import permissions, scopes


@dataclass
class World:
    """Everything by short names: actors (`p` people, `b` service accounts), teams, workspaces, roles."""

    roles: dict[str, frozenset[str]]
    members: dict[str, tuple[str, bool]] = field(default_factory=dict)  # actor: account role, active
    teams: dict[str, set[str]] = field(default_factory=dict)
    grants: dict[tuple[str, str], str] = field(default_factory=dict)  # workspace, actor or team: role
    defaults: dict[str, str] = field(default_factory=dict)  # workspace: role
    lists: dict[str, dict[str, set[str]]] = field(default_factory=dict)  # object: level: names, "*" for everyone

    def scopes(self, actor: str, workspace: str) -> frozenset[str] | None:
        """None: may not enter."""
        role, active = self.members.get(actor, ("", False))
        if not active:
            return None
        if role in (permissions.OWNER, permissions.ADMIN):
            return scopes.ALL
        through = [actor, *(team for team, inside in self.teams.items() if actor in inside)]
        held = [self.grants[workspace, one] for one in through if (workspace, one) in self.grants]
        if workspace in self.defaults and actor.startswith("p") and role != permissions.COLLABORATOR:
            held.append(self.defaults[workspace])
        return frozenset().union(*(self.roles[one] for one in held)) if held else None

    def level(self, actor: str, thing: str, level: str, pool: str | None = None) -> bool:
        """Whether the lists let the actor: the pool's, if it has one, else the object's own."""
        known = self.lists.get(pool or "") or self.lists.get(thing)
        if not known:
            return True
        names = {actor, "*", *(team for team, inside in self.teams.items() if actor in inside)}
        higher = {"view": ("view", "run", "manage"), "run": ("run", "manage"), "manage": ("manage",)}[level]
        return any(known[one] & names for one in higher)
