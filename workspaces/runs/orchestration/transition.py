"""A proposed move of one flow run, and the machine that puts it through a policy's rules (orchestration.md 2.2)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from workspaces.runs.orchestration.run_state import RunState
from workspaces.runs.states import TYPES

ACCEPT, REJECT, ABORT, WAIT = "ACCEPT", "REJECT", "ABORT", "WAIT"
ANY = frozenset(TYPES)


@dataclass(slots=True)
class Transition:
    """`policy` is the run's empirical policy, which rules may change; it is stored with the new state."""

    current: RunState | None
    proposed: RunState | None
    now: datetime
    policy: dict[str, Any]
    run_count: int
    has_deployment: bool
    is_subflow: bool
    infrastructure_pid: str | None
    status: str = ACCEPT
    reason: str | None = None
    delay: int = 0
    _afterwards: list[tuple[str | None, Callable[[], None]]] = field(default_factory=list)
    _undo: list[Callable[[], None]] = field(default_factory=list)

    def reject(self, instead: RunState | None, reason: str) -> None:
        """Put another state in the place of the proposed one, or keep the current one."""
        self.proposed, self.status, self.reason = instead, REJECT, reason

    def abort(self, reason: str) -> None:
        self.proposed, self.status, self.reason = None, ABORT, reason

    def wait(self, seconds: int, reason: str) -> None:
        self.proposed, self.status, self.reason, self.delay = None, WAIT, reason, seconds

    def set_policy(self, **values: Any) -> None:
        self.policy.update(values)

    def set_policy_unless_changed(self, **values: Any) -> None:
        """As `set_policy`, taken back when a later rule changes the transition."""
        before = dict(self.policy)
        self.set_policy(**values)
        self._undo.append(lambda: self.set_policy(**before))

    def afterwards(self, change: Callable[[], None], *, only: str | None = None) -> None:
        """Do `change` once the outcome is stored; with `only`, when that is a state of this type."""
        self._afterwards.append((only, change))

    def take_back(self) -> None:
        """Undo what rules did for a type that did not come through."""
        for undo in reversed(self._undo):
            undo()

    def settle(self) -> None:
        """The bookkeeping is done: now what rules do afterwards."""
        stored = self.proposed.type if self.proposed else None
        for only, change in self._afterwards:
            if only is None or only == stored:
                change()


@dataclass(frozen=True, slots=True)
class Rule:
    """`before` may change the transition. It runs while the proposed type is still one it was selected for.

    `always` marks rules that look at any transition, also at one that another rule has changed.
    """

    from_types: frozenset[str]
    to_types: frozenset[str]
    before: Callable[[Transition], None]
    from_none: bool = False
    always: bool = False

    def concerns(self, current: RunState | None, proposed: RunState) -> bool:
        origin = self.from_none if current is None else current.type in self.from_types
        return origin and proposed.type in self.to_types


def put_through(transition: Transition, rules: Sequence[Rule]) -> None:
    """Let every rule that concerns the transition see it, in order."""
    first = transition.proposed
    if first is None:
        return
    for rule in rules:
        proposed = transition.proposed
        if not rule.concerns(transition.current, first) or proposed is None:
            continue
        if rule.always or proposed.type == first.type:
            rule.before(transition)
    if transition.proposed is None or transition.proposed.type != first.type:
        transition.take_back()
