"""Why a run is where it is, in words, for the states that make somebody ask."""

from dataclasses import dataclass

from workspaces.runs.models import FlowRun, TaskRun
from workspaces.runs.pages.looks import look_of

_TITLES = {
    "failed": "Why it failed",
    "crashed": "Why it crashed",
    "cancelled": "It was cancelled",
    "cancelling": "It is being cancelled",
    "late": "It should have started by now",
    "paused": "It waits for somebody to resume it",
    "pending": "It is about to start",
}
_NAMED = {
    "TimedOut": "It ran out of time",
    "AwaitingRetry": "It failed and will be tried again",
    "AwaitingConcurrencySlot": "It waits for a free slot",
    "Suspended": "It is suspended until somebody resumes it",
}
_WITHOUT_MESSAGE = {
    "crashed": "The process went away without saying why: it was killed, lost its machine or its connection.",
    "failed": "No message was left. The log may say more.",
    "late": "Nothing has taken this run. Is a process or worker for it running?",
    "pending": "A process has taken this run and has not reported its start yet.",
    "cancelling": "The process that runs it has been asked to stop and has not confirmed yet.",
    "paused": "It stands still where it was and goes on as soon as it is resumed.",
}


_BY_HAND = "a script that was started by hand is not interrupted: stop it where it runs."


@dataclass(frozen=True, slots=True)
class Why:
    title: str
    message: str
    look: str


def why(run: FlowRun | TaskRun, message: str | None = None) -> Why | None:
    """None for a run that needs no explanation. `message` is that of the current state of a task run."""
    look = look_of(run.state_type, run.state_name)
    title = _NAMED.get(run.state_name or "") or _TITLES.get(look)
    if title is None:
        return None
    if isinstance(run, FlowRun):
        message = run.state.message if run.state else None
        if look == "cancelling" and run.deployment_id is None:
            message = "\n".join(filter(None, [message, f"Bailiwick marked the run as cancelling; {_BY_HAND}"]))
    said = (message or "").strip() or _WITHOUT_MESSAGE.get(look, "")
    return Why(title, said, look) if said else None


def what_cancelling_does(run: FlowRun) -> str:
    """What to expect before one asks for it: nobody but a process for deployments listens for a run's end."""
    if run.deployment_id is None:
        return f"Bailiwick marks the run as cancelling; {_BY_HAND} Its child runs are marked too."
    return "The process that runs it is asked to stop, and so are its child runs. What it has done already stays done."
