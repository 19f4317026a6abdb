"""Conditions of filters as Django's Q, and what they match."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from django.db.models import Q
from pydantic import ValidationError

from core.rest.filters import (
    NOTHING,
    AllTags,
    AnyTags,
    Exact,
    ExactOrNot,
    Ids,
    IdsOrNot,
    Like,
    Names,
    OrNull,
    Page,
    Part,
    Times,
    TimesOrNull,
    joined,
)
from core.rest.shapes import MOST_TAGS, MOST_VALUES
from tests.cast import Person
from tests.workspaces.runs import stage
from workspaces.flows.models import Flow

A, B = uuid4(), uuid4()
EARLY, LATE = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)


@pytest.mark.parametrize("part", [Ids, IdsOrNot, Exact, ExactOrNot, Like, Names, Times, TimesOrNull, OrNull, AnyTags])
def test_condition_without_values_asks_nothing(part: Any) -> None:
    assert part().q("column") == Q()


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (Ids(any_=[A, B]), Q(column__in=[A, B])),
        (Ids(any_=[]), NOTHING),
        (IdsOrNot(not_any_=[A]), ~Q(column__in=[A])),
        (IdsOrNot(any_=[A], not_any_=[B]), Q(column__in=[A]) & ~Q(column__in=[B])),
        (IdsOrNot(not_any_=[]), Q()),
        (Exact(any_=["a"]), Q(column__in=["a"])),
        (ExactOrNot(any_=["a"], not_any_=[]), Q(column__in=["a"])),
        (Like(like_="a%b"), Q(column__contains_like="a%b")),
        (Names(any_=["a"], like_="b"), Q(column__in=["a"]) & Q(column__contains_like="b")),
        (Times(before_=LATE, after_=EARLY), Q(column__lte=LATE) & Q(column__gte=EARLY)),
        (TimesOrNull(is_null_=True), Q(column__isnull=True)),
        (TimesOrNull(after_=EARLY, is_null_=False), Q(column__gte=EARLY) & Q(column__isnull=False)),
        (OrNull(any_=["a"], is_null_=True), Q(column__in=["a"]) & Q(column__isnull=True)),
        (OrNull(operator="or_", any_=["a"], is_null_=True), Q(column__in=["a"]) | Q(column__isnull=True)),
        (AllTags(all_=["a"]), Q(column__has_all=["a"])),
        (AllTags(is_null_=True), Q(column=[])),
        (AllTags(is_null_=False), ~Q(column=[])),
        (AnyTags(any_=[]), NOTHING),
        (AnyTags(operator="or_", all_=["a"], any_=["b"]), Q(column__has_all=["a"]) | Q(column__has_any=["b"])),
    ],
)
def test_condition_as_a_query(part: Any, expected: Q) -> None:
    assert part.q("column") == expected


def test_conditions_that_ask_nothing_join_to_nothing() -> None:
    asks = Q(a=1)
    for operator in ("and_", "or_"):
        assert joined(operator, []) == Q()
        assert joined(operator, [Q(), asks, Q()]) == asks
    assert joined("or_", [asks, Q(b=2)]) == asks | Q(b=2)


@pytest.mark.parametrize(
    ("part", "values"),
    [
        (Ids, {"any": []}),
        (Ids, {"any_": ["no id"]}),
        (Ids, {"any_": [str(A)] * (MOST_VALUES + 1)}),
        (AnyTags, {"any_": ["a"] * (MOST_TAGS + 1)}),
        (Like, {"like_": "a" * 251}),
        (Like, {"like_": "%" * 21}),
        (OrNull, {"operator": "xor_"}),
        (Times, {"before_": "yesterday"}),
    ],
)
def test_condition_that_is_unknown_or_too_large_is_refused(part: type[Part], values: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        part.model_validate(values)


def test_time_is_taken_in_utc() -> None:
    for text in ("2026-01-01T02:00:00+02:00", "2026-01-01 00:00:00", "2026-01-01T00:00:00Z", EARLY.timestamp()):
        assert Times.model_validate({"before_": text}).before_ == EARLY
    with pytest.raises(ValidationError):
        Times.model_validate({"before_": "0001-01-01T00:00:00+02:00"})


def test_text_loses_characters_that_postgresql_cannot_store() -> None:
    assert Exact.model_validate({"any_": ["a\0b"]}).any_ == ["ab"]


def test_page_is_a_slice() -> None:
    assert Page().window == slice(0, 200)
    assert Page(limit=0, offset=5).window == slice(5, 5)
    for values in ({"limit": 201}, {"limit": -1}, {"offset": -1}, {"offset": 10**9 + 1}):
        with pytest.raises(ValidationError):
            Page.model_validate(values)


@pytest.mark.parametrize(
    ("part", "matching"),
    [
        (AllTags(all_=["a"]), ["both", "first"]),
        (AllTags(all_=["a", "b"]), ["both"]),
        (AllTags(all_=["a", "a"]), ["both", "first"]),
        (AllTags(all_=["a", "z"]), []),
        (AllTags(is_null_=True), ["none"]),
        (AllTags(is_null_=False), ["both", "first", "second"]),
        (AnyTags(any_=["a", "z"]), ["both", "first"]),
        (AnyTags(any_=["a"], is_null_=True), []),
        (AnyTags(operator="or_", any_=["a"], is_null_=True), ["both", "first", "none"]),
    ],
)
def test_tags_in_the_database(part: AllTags, matching: list[str], owner: Person) -> None:
    for name, tags in (("none", []), ("first", ["a"]), ("second", ["b", "ab"]), ("both", ["b", "a"])):
        stage.flow(owner.workspace, name, tags=tags)
    assert list(Flow.objects.filter(part.q()).order_by("name").values_list("name", flat=True)) == matching


@pytest.mark.parametrize(
    ("text", "matching"),
    [
        ("ETL", ["etl-daily", "the etl"]),
        ("etl-", ["etl-daily"]),
        ("e%y", ["etl-daily"]),
        ("e_l", ["etl-daily", "the etl"]),
    ],
)
def test_like_finds_a_part_whatever_its_case(text: str, matching: list[str], owner: Person) -> None:
    for name in ("etl-daily", "the etl", "other"):
        stage.flow(owner.workspace, name)
    found = Flow.objects.filter(Like(like_=text).q("name")).order_by("name")
    assert list(found.values_list("name", flat=True)) == matching
