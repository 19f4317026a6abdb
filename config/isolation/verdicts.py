"""Judge two answers: to a request with ids of the other account, and to the same one with ids that do not exist."""

import re
from collections.abc import Collection

from config.isolation.exchange import Answer

REFUSED, ANSWERED = "refused alike", "answered without foreign data"
LEAK, CHANGED, TOLD_APART, FAILED = "leak", "changed", "told apart", "failed"
ORDER = (REFUSED, ANSWERED, FAILED, TOLD_APART, CHANGED, LEAK)  # from the best to the worst

_UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d)?(\.\d+)?|\b\d\d:\d\d(:\d\d)?\b")
_TOKEN = re.compile(r'(csrfmiddlewaretoken|next|once)" value="[^"]*"|\bp[nb]u_\w+|[\w-]{43,}|[?&]next=\S*')
_DURATION = re.compile(r"\b\d+(\.\d+)? ?(ms|s|min|h|seconds?|minutes?)\b|\d+\.\d{3,}")


def is_good(found: str) -> bool:
    return found in (REFUSED, ANSWERED)


def verdict(
    foreign: Answer, missing: Answer, sent: Collection[str], other: Collection[str], secrets: Collection[str]
) -> str:
    """Return the verdict. `sent` and `other` are the ids in the two requests, `secrets` what no answer may hold."""
    told = found_in(foreign, sent, secrets)
    if told:
        return f"{LEAK}: {told}"
    if foreign.changed:
        return f"{CHANGED}: {', '.join(foreign.changed)}"
    if foreign.status != missing.status:
        return f"{TOLD_APART}: status {foreign.status}, not {missing.status}"
    if foreign.status >= 500:
        return f"{FAILED}: status {foreign.status}"
    ours, theirs = _comparable(foreign.text, sent), _comparable(missing.text, other)
    if ours != theirs:
        at = next(
            (at for at, (a, b) in enumerate(zip(ours, theirs, strict=False)) if a != b), min(len(ours), len(theirs))
        )
        return f"{TOLD_APART}: {ours[max(0, at - 30) : at + 60]!r}, not {theirs[max(0, at - 30) : at + 60]!r}"
    return REFUSED if foreign.status >= 400 else ANSWERED


def found_in(answer: Answer, sent: Collection[str], secrets: Collection[str]) -> str:
    """Return the first secret in the answer, besides those that the request itself sent. Empty if there is none."""
    text = _without(answer.text, sent).lower()
    return next((secret for secret in secrets if secret in text), "")


def _without(text: str, sent: Collection[str]) -> str:
    for id in sorted(sent, key=len, reverse=True):
        text = text.replace(id, "<id>")
    return text


def _comparable(text: str, sent: Collection[str]) -> str:
    """Return the text without what differs between any two requests: ids sent or made, times and tokens."""
    text = _TOKEN.sub("<token>", _without(text, sent))
    return _DURATION.sub("<time>", _TIME.sub("<time>", _UUID.sub("<uuid>", text)))
