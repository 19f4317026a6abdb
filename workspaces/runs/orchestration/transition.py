"""A proposed transition of a flow run, and how rules are applied to it.

See docs/contract/orchestration.md, "Setting a state".
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from workspaces.runs.orchestration.run_state import RunState
from workspaces.runs.orchestration.slots import ClientVersion, DeploymentSlots
from workspaces.runs.states import TYPES

ACCEPT, REJECT, ABORT, WAIT = "ACCEPT", "REJECT", "ABORT", "WAIT"
ANY = frozenset(TYPES)


@dataclass(slots=True)
class Transition:
    """The transition of one flow run from its current state to the proposed one.

    Rules read the run's columns here. They may change `proposed`, the answer (`status`, `reason`, `delay`) and
    `policy`, a copy of the run's `empirical_policy`, in which Prefect keeps its retries and pauses. After the rules,
    `proposed` is the state to store; None leaves the run in its state.
    """

    current: RunState | None
    proposed: RunState | None
    now: datetime
    policy: dict[str, Any]
    run_count: int
    has_deployment: bool
    is_subflow: bool
    infrastructure_pid: str | None
    slots: DeploymentSlots | None = None  # of the run's deployment
    client: ClientVersion | None = None
    status: str = ACCEPT
    reason: str | None = None
    delay: int = 0
    # Added to `policy` after the rules, unless one of them has changed the type of the proposed state.
    policy_if_type_stays: dict[str, Any] = field(default_factory=dict)
    # Whether the run resumes: then the policy's `resuming` is set even if the transition is refused.
    resumes: bool = False

    def reject(self, instead: RunState | None, reason: str) -> None:
        """Replace the proposed state by `instead`; None keeps the current state."""
        self.proposed, self.status, self.reason = instead, REJECT, reason

    def abort(self, reason: str) -> None:
        """Keep the current state, and tell the client to stop the run."""
        self.proposed, self.status, self.reason = None, ABORT, reason

    def wait(self, seconds: int, reason: str) -> None:
        """Keep the current state, and tell the client to ask again later."""
        self.proposed, self.status, self.reason, self.delay = None, WAIT, reason, seconds


@dataclass(frozen=True, slots=True)
class Rule:
    """A function that may change transitions between certain types of states."""

    from_types: frozenset[str]
    to_types: frozenset[str]
    apply: Callable[[Transition], None]
    from_none: bool = False  # whether it applies to a run without a state, too
    always: bool = False  # whether it applies even if an earlier rule has changed the type of the proposed state

    def concerns(self, current: RunState | None, proposed: RunState) -> bool:
        """Return whether the rule is about transitions between these states."""
        from_matches = self.from_none if current is None else current.type in self.from_types
        return from_matches and proposed.type in self.to_types


def apply_rules(transition: Transition, rules: Sequence[Rule]) -> None:
    """Apply the rules that concern the transition, in order, until one of them leaves no state to propose.

    Which rules these are depends on the state that the client proposed, not on what earlier rules made of it.
    """
    requested = transition.proposed
    if requested is None:
        return
    for rule in rules:
        proposed = transition.proposed
        if proposed is None:
            return
        if rule.concerns(transition.current, requested) and (rule.always or proposed.type == requested.type):
            rule.apply(transition)
    if transition.proposed is not None and transition.proposed.type == requested.type:
        transition.policy.update(transition.policy_if_type_stays)
