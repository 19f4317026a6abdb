"""Explanations of the states of runs that people ask about: failed, late, paused and others."""

from dataclasses import dataclass

from workspaces.runs.models import FlowRun, TaskRun
from workspaces.runs.pages.display_state import display_state

_TITLES = {
    "failed": "Why it failed",
    "crashed": "Why it crashed",
    "cancelled": "It was cancelled",
    "cancelling": "It is being cancelled",
    "late": "It should have started by now",
    "paused": "It waits for somebody to resume it",
    "pending": "It is about to start",
}
_TITLES_BY_NAME = {
    "TimedOut": "It ran out of time",
    "AwaitingRetry": "It failed and will be tried again",
    "AwaitingConcurrencySlot": "It waits for a free slot",
    "Suspended": "It is suspended until somebody resumes it",
}
_WITHOUT_MESSAGE = {
    "crashed": "The process went away without saying why: it was killed, lost its machine or its connection.",
    "failed": "No message was left. The log may say more.",
    "late": "No worker has picked up this run. Is one running?",
    "pending": "A process has taken this run and has not reported its start yet.",
    "cancelling": "The process that runs it has been asked to stop and has not confirmed yet. If the process is gone, "
    "mark the run as cancelled.",
    "scheduled": "It starts by itself.",
    "paused": "It stands still where it was and goes on as soon as it is resumed.",
}
_BY_HAND = (
    "a script that was started by hand is not interrupted: stop it where it runs, then mark the run as cancelled."
)

WHEN_TO_MARK = (
    "Do so when its process is gone or has stopped. Its child runs that are being cancelled are marked as well."
)
WHAT_IS_DELETED = "This deletes the run with its task runs, states and log. This cannot be undone."


@dataclass(frozen=True, slots=True)
class StateReason:
    """Why a run is in its state: a heading, and the message of the state or a text in its place."""

    title: str
    message: str
    display_state: str


def state_reason(run: FlowRun | TaskRun, message: str | None = None) -> StateReason | None:
    """Return why a run is in its state, or None for states that need no explanation.

    `message` is the message of a task run's state; that of a flow run is read from the run.
    """
    state = display_state(run.state_type, run.state_name)
    title = _TITLES_BY_NAME.get(run.state_name or "") or _TITLES.get(state)
    if title is None:
        return None
    if isinstance(run, FlowRun):
        message = run.state.message if run.state else None
        if state == "cancelling" and run.deployment_id is None:
            message = "\n".join(filter(None, [message, f"The run is marked as cancelling; {_BY_HAND}"]))
    text = (message or "").strip() or _WITHOUT_MESSAGE.get(state, "")
    return StateReason(title, text, state) if text else None


def what_cancelling_does(run: FlowRun) -> str:
    """Return a text about what cancelling does. Only processes of deployments react to the request to stop."""
    if run.deployment_id is None:
        return f"This marks the run as cancelling; {_BY_HAND} Its child runs are marked too."
    return "The process that runs it is asked to stop, and so are its child runs. What it has done already stays done."
