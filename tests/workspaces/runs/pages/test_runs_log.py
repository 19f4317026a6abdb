"""The log of a run on its page: filtered, paged, followed, as a file."""

import csv
import io
from datetime import timedelta

import pytest
from django.utils import timezone

from tests.cast import Person
from tests.visits import queries, root, text, visitor
from tests.workspaces.runs import stage
from workspaces.runs.models import FlowRun, Log
from workspaces.runs.templatetags.log_text import linked


@pytest.fixture
def run(owner: Person) -> FlowRun:
    return stage.flow_run(stage.flow(owner.workspace), "jolly-fox", "RUNNING")


def _messages(answer: object) -> list[str]:
    return [line.message for line in answer.context["lines"]]  # type: ignore[attr-defined]


def test_level_and_words_are_looked_for_in_the_whole_log(owner: Person, run: FlowRun) -> None:
    for number, level in enumerate((10, 20, 30, 40, 50)):
        stage.log(run, f"Line {number}", level=level, ago=100 - number)
    client, path = visitor(owner.user), f"{root(owner.workspace)}/runs/flow-run/{run.id}?tab=logs"
    assert _messages(client.get(f"{path}&level=30")) == ["Line 2", "Line 3", "Line 4"]
    assert _messages(client.get(f"{path}&find=line+1")) == ["Line 1"]
    assert _messages(client.get(f"{path}&find=nothing")) == []
    assert len(_messages(client.get(f"{path}&level=nonsense&earlier=garbage"))) == 5


def test_long_log_begins_with_its_newest_lines(owner: Person, run: FlowRun, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("workspaces.runs.pages.logs.LINES", 2)
    for number in range(5):
        stage.log(run, f"{number}", ago=100 - number)
    client, path = visitor(owner.user), f"{root(owner.workspace)}/runs/flow-run/{run.id}"
    seen, query = [], "?tab=logs"
    while query:
        page = client.get(path + query)
        seen.append(_messages(page))
        query = page.context["earlier"]
    assert seen == [["3", "4"], ["1", "2"], ["0"]]


def test_following_gives_each_line_once_and_says_when_it_is_over(owner: Person, run: FlowRun) -> None:
    stage.log(run, "first", ago=30)
    client, at = visitor(owner.user), f"{root(owner.workspace)}/runs/flow-run/{run.id}"
    page = client.get(f"{at}?tab=logs")
    assert _messages(page) == ["first"]
    tail = f"{at}/logs/since{page.context['follow']}"
    assert client.get(tail).status_code == 204

    # A line written earlier that arrives only now belongs to what is new.
    now = timezone.now() - timedelta(seconds=3)
    late = stage.log(run, "late", ago=50)
    Log.objects.filter(id=late.id).update(id=stage.id_at(now), created=now)
    stage.log(run, "second", ago=2)
    stage.log(run, "not settled", ago=0)
    answer = client.get(tail)
    assert _messages(answer) == ["late", "second"]
    again = client.get(answer["Poll-Next"])
    assert again.status_code == 204

    run.state_type, run.end_time = "COMPLETED", timezone.now() - timedelta(minutes=1)
    run.save()
    Log.objects.filter(message="not settled").delete()
    assert client.get(answer["Poll-Next"]).status_code == 286


def test_following_keeps_the_filter(owner: Person, run: FlowRun) -> None:
    client, at = visitor(owner.user), f"{root(owner.workspace)}/runs/flow-run/{run.id}"
    page = client.get(f"{at}?tab=logs&level=40&find=disk")
    stage.log(run, "out of disk", level=40, ago=2)
    stage.log(run, "disk is fine", level=20, ago=2)
    stage.log(run, "out of memory", level=40, ago=2)
    assert _messages(client.get(f"{at}/logs/since{page.context['follow']}")) == ["out of disk"]


def test_file_holds_every_line(owner: Person, run: FlowRun) -> None:
    task = stage.task_run(run, "load-0")
    first = stage.log(run, 'with "quotes", commas\nand lines', ago=20)
    second = stage.log(run, "of a task", level=40, task=task, ago=10)
    answer = visitor(owner.user).get(f"{root(owner.workspace)}/runs/flow-run/{run.id}/logs/download")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert (
        answer["Content-Disposition"]
        == "attachment; filename=\"flow-run-logs.csv\"; filename*=UTF-8''jolly-fox-logs.csv"
    )
    rows = list(csv.reader(io.StringIO(b"".join(answer).decode())))
    assert rows == [
        ["timestamp", "level", "flow_run_id", "task_run_id", "message"],
        [first.timestamp.isoformat(), "20", str(run.id), "", first.message],
        [second.timestamp.isoformat(), "40", str(run.id), str(task.id), "of a task"],
    ]


def test_line_is_shown_as_written_with_its_addresses_as_links(owner: Person, run: FlowRun) -> None:
    stage.log(run, "<script>alert(1)</script> \x1b[31mred\x1b[0m see https://example.com/a?b=1&c=2, then")
    page = visitor(owner.user).get(f"{root(owner.workspace)}/runs/flow-run/{run.id}?tab=logs").content.decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt; red see " in page
    assert '<a href="https://example.com/a?b=1&amp;c=2"' in page


def test_log_makes_the_same_queries_for_one_line_and_for_three(owner: Person, run: FlowRun) -> None:
    stage.log(run, "line", task=stage.task_run(run, "load-0"))
    client, path = visitor(owner.user), f"{root(owner.workspace)}/runs/flow-run/{run.id}?tab=logs"
    one = queries(client, path)
    for number in (1, 2):
        stage.log(run, "line", task=stage.task_run(run, f"load-{number}"))
    assert queries(client, path) == one
    assert "3 lines" in text(client.get(path))


def test_overview_shows_the_end_of_a_long_traceback(owner: Person, run: FlowRun) -> None:
    stage.log(run, "first", ago=50)
    stage.log(run, "\n".join(f"row {number}" for number in range(100)) + "\nKeyError: 'net'", ago=40)
    stage.log(run, "last", ago=30)
    shown = _messages(visitor(owner.user).get(f"{root(owner.workspace)}/runs/flow-run/{run.id}"))
    assert shown[-1] == "last"
    assert shown[0].splitlines()[:2] == ["…", "row 86"]
    assert shown[0].endswith("row 99\nKeyError: 'net'")
    assert len(shown) == 2


def test_found_words_are_marked_and_nothing_else_is_markup(owner: Person, run: FlowRun) -> None:
    stage.log(run, "<b>Error</b> at https://x.example/error?a=1 ERROR")
    page = visitor(owner.user).get(f"{root(owner.workspace)}/runs/flow-run/{run.id}?tab=logs&find=error")
    html = page.content.decode()
    assert "&lt;b&gt;<mark>Error</mark>&lt;/b&gt; at " in html
    assert '<a href="https://x.example/error?a=1" rel="noopener noreferrer nofollow">' in html
    assert ">https://x.example/<mark>error</mark>?a=1</a> <mark>ERROR</mark>" in html
    tail = visitor(owner.user).get(f"{root(owner.workspace)}/runs/flow-run/{run.id}/logs/since?find=error")
    assert b"<mark>ERROR</mark>" in tail.content


@pytest.mark.parametrize(
    ("text_", "found", "html"),
    [
        ("a<a", "<", "a<mark>&lt;</mark>a"),
        ("aaa", "aa", "<mark>aa</mark>a"),
        ("İx X", "X", "İx <mark>X</mark>"),
        ("see http://h.example now", "e http://h.example n", "se<mark>e </mark>"),
        ("plain", "", "plain"),
    ],
)
def test_marks(text_: str, found: str, html: str) -> None:
    assert linked(text_, found).startswith(html)
