"""Why a run failed: the end of its traceback, runs with the same error, and the last good run."""

from datetime import timedelta

import pytest

from tests.cast import Person
from tests.visits import root, text, visitor
from tests.workspaces.runs import stage
from workspaces.runs.models import FlowRun
from workspaces.runs.pages.traceback_frames import TracebackFrame, last_traceback

OWN = TracebackFrame("/app/flows/report.py", 12, "parse", 'return row["net_amount"]')
LIBRARY = TracebackFrame(
    "/venv/lib/python3.13/site-packages/pandas/frame.py", 4102, "__getitem__", "indexer = get_loc(key)"
)


def frame_text(frame: TracebackFrame) -> str:
    return f'  File "{frame.file}", line {frame.line}, in {frame.function}\n    {frame.source}\n    ~~~^^^^^^\n'


def traceback(*frames: TracebackFrame, error: str = "KeyError: 'net_amount'") -> str:
    lines = "".join(frame_text(frame) for frame in frames)
    return f"Encountered exception during execution:\nTraceback (most recent call last):\n{lines}{error}"


def test_last_frame_and_that_of_the_authors_code_are_read() -> None:
    failure = last_traceback(traceback(OWN, LIBRARY))
    assert failure is not None
    assert (failure.frame, failure.own_frame, failure.error) == (LIBRARY, OWN, "KeyError: 'net_amount'")
    failure = last_traceback(traceback(LIBRARY, OWN))
    assert failure is not None
    assert (failure.frame, failure.own_frame) == (OWN, None)


@pytest.mark.parametrize(
    ("file", "own"),
    [
        (r"C:\Users\ann\AppData\Local\Programs\Python\Python313\Lib\json\decoder.py", False),
        (r"C:\Python310\lib\json\decoder.py", False),
        (r"C:\flows\.venv\Lib\site-packages\pandas\frame.py", False),
        ("/usr/lib/python3.13/json/decoder.py", False),
        ("<frozen importlib._bootstrap>", False),
        (r"C:\flows\library\report.py", True),
        ("/home/ann/Lib/report.py", True),
    ],
)
def test_code_of_packages_is_told_by_its_folder(file: str, own: bool) -> None:
    assert TracebackFrame(file, 1, "decode", "").is_own_code is own


def test_last_of_several_tracebacks_counts() -> None:
    during = "\n\nDuring handling of the above exception, another exception occurred:\n\n"
    failure = last_traceback(
        traceback(LIBRARY) + during + traceback(OWN, error="app.Broken: no\nsecond line") + "\nmore"
    )
    assert failure is not None
    assert (failure.frame, failure.error) == (OWN, "app.Broken: no")


@pytest.mark.parametrize(
    "words",
    [
        "",
        "KeyError: 'x'",
        "Traceback (most recent call last):",
        "Traceback (most recent call last):\nValueError: no frames",
        '  File "' + "x" * 400 + '", line 1, in f',
        '  File "x", line ' + "9" * 20,
    ],
)
def test_text_without_a_frame_has_no_failure(words: str) -> None:
    assert last_traceback(words) is None


@pytest.fixture
def failed(owner: Person, stranger: Person) -> FlowRun:
    """A failed run after a good one, with runs of the same and another error, of another flow and a stranger's."""
    flow = stage.flow(owner.workspace)
    day = timedelta(days=1)
    stage.flow_run(flow, "older-good", ago=9 * day)
    good = {"day": "2026-11-19", "same": 1, "gone": True}
    stage.flow_run(flow, "good", ago=5 * day, took=timedelta(seconds=60), parameters=good, flow_version="v1")
    stage.flow_run(flow, "same", "FAILED", ago=4 * day, message="KeyError: order 17")
    stage.flow_run(flow, "crashed", "CRASHED", ago=3 * day, message="Killed")
    run = stage.flow_run(
        flow, "bad", "FAILED", ago=2 * day, took=timedelta(seconds=5), message="KeyError: order 42",
        parameters={"day": "<b>2026</b>", "same": 1}, flow_version="v2",
    )  # fmt: skip
    stage.flow_run(flow, "later-good", ago=day)
    for other in (stage.flow(owner.workspace, "other"), stage.flow(stranger.workspace)):
        stage.flow_run(other, "elsewhere", "FAILED", message="KeyError: order 42")
    return run


def test_failed_run_is_compared_with_others_of_its_flow(owner: Person, failed: FlowRun) -> None:
    stage.log(failed, traceback(OWN), level=40)
    stage.log(failed, "Finished in state Failed()", level=40, ago=1)
    client, at = visitor(owner.user), f"{root(owner.workspace)}/runs"
    page = client.get(f"{at}/flow-run/{failed.id}")
    words = text(page)
    assert page.context["failure"].frame == OWN
    assert "/app/flows/report.py , line 12, in parse" in words
    assert "Same error in 2 runs of this flow" in words
    good = page.context["last_good"]
    assert (good.run.name, good.more) == ("good", 0)
    assert [(each.name, each.good, each.failed) for each in good.differences] == [
        ("Flow version", "v1", "v2"),
        ("Parameter day", '"2026-11-19"', '"<b>2026</b>"'),
        ("Parameter gone", "true", "not set"),
    ]
    assert "Duration 1 min 5 s" in words
    assert "<b>2026" not in page.content.decode()
    same = client.get(page.context["same_error_url"])
    assert [row.run.name for row in same.context["rows"]] == ["bad", "same"]


def test_run_without_a_traceback_message_or_good_run_says_nothing_of_them(owner: Person, stranger: Person) -> None:
    run = stage.flow_run(stage.flow(owner.workspace), "lone", "FAILED")
    stage.flow_run(stage.flow(stranger.workspace), "good")
    page = visitor(owner.user).get(f"{root(owner.workspace)}/runs/flow-run/{run.id}")
    assert (page.context["failure"], page.context["same_error"], page.context["last_good"]) == (None, 0, None)
    assert "Same error" not in text(page)
    other = visitor(owner.user).get(f"{root(owner.workspace)}/runs?same-error={run.id}")
    assert other.context["rows"] == []


def test_traceback_in_the_message_is_read_too(owner: Person) -> None:
    run = stage.flow_run(stage.flow(owner.workspace), "crash", "CRASHED", message=traceback(OWN))
    page = visitor(owner.user).get(f"{root(owner.workspace)}/runs/flow-run/{run.id}")
    assert page.context["failure"].frame == OWN


def test_many_and_long_differences_are_cut(owner: Person) -> None:
    flow = stage.flow(owner.workspace)
    long = "x" * 1000
    values = {f"p{number:02}": number for number in range(30)}
    stage.flow_run(flow, "good", ago=timedelta(hours=2), parameters={**values, "a": long + "1"})
    later = {name: -number - 1 for name, number in values.items()}
    run = stage.flow_run(flow, "bad", "FAILED", parameters={**later, "a": long + "2"})
    page = visitor(owner.user).get(f"{root(owner.workspace)}/runs/flow-run/{run.id}")
    good = page.context["last_good"]
    assert (len(good.differences), good.more) == (20, 11)
    assert "11 more parameters differ." in text(page)
    assert good.differences[0].failed == "…" + "x" * 100 + '2"'


def test_one_more_difference_is_in_the_singular(owner: Person) -> None:
    flow, values = stage.flow(owner.workspace), {f"p{number:02}": number for number in range(21)}
    stage.flow_run(flow, "good", ago=timedelta(hours=2), parameters=values)
    run = stage.flow_run(flow, "bad", "FAILED")
    page = visitor(owner.user).get(f"{root(owner.workspace)}/runs/flow-run/{run.id}")
    assert "1 more parameter differs." in text(page)
