"""What each exception of a view becomes, and errors of validation."""

import json
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, RequestDataTooBig, ValidationError
from django.db import DataError, IntegrityError, OperationalError, connection
from django.http import Http404
from pydantic import BaseModel
from pydantic import ValidationError as InvalidShape
from rest_framework.exceptions import MethodNotAllowed, UnsupportedMediaType

from core.errors import Conflict, Forbidden, Invalid, NotFound, Taken
from core.rest.errors import TOO_SLOW, ApiError, InvalidBody, answer_for, server_error, unauthorized
from core.rest.parsing import ECHO_LIMIT, adapter_of, echo, error_details

SQLITE = connection.vendor == "sqlite"


def answered(error: Exception, *, long: bool = False) -> tuple[int, Any]:
    answer = answer_for(error, long=long)
    assert answer is not None
    return answer.status_code, json.loads(answer.content)


class DatabaseAnswer(Exception):
    """What a driver raises, with the code of the database."""

    def __init__(self, sqlstate: str) -> None:
        super().__init__(sqlstate)
        self.sqlstate = sqlstate
        self.sqlite_errorname = "SQLITE_INTERRUPT" if sqlstate == "57014" else "SQLITE_ERROR"


def operational(text: str, sqlstate: str) -> OperationalError:
    error = OperationalError(text)
    error.__cause__ = DatabaseAnswer(sqlstate)
    return error


@pytest.mark.parametrize(
    ("error", "status", "detail"),
    [
        (Invalid("A team needs a name."), 422, "A team needs a name."),
        (ValidationError(["One.", "Two."]), 422, "One. Two."),
        (Conflict("It is gone."), 409, "It is gone."),
        (Taken("This handle is taken."), 409, "This handle is taken."),
        (NotFound("Flow not found"), 404, "Flow not found"),
        (NotFound(), 404, "Not Found"),
        (Http404("with a hint"), 404, "Not Found"),
        (Forbidden("Not yours."), 403, "Not yours."),
        (PermissionDenied(), 403, "Forbidden"),
        (MethodNotAllowed("PUT"), 405, "Method Not Allowed"),
        (RequestDataTooBig(), 413, "The request body is larger than 5242880 bytes."),
        (UnsupportedMediaType("a/b", "No such media."), 415, "No such media."),
        (ApiError(411, "Length Required"), 411, "Length Required"),
        (DataError("integer out of range\nDETAIL: secret"), 422, "A value is outside of what can be stored."),
        (operational("interrupted", "57014"), 422, TOO_SLOW),
        (operational("index row size 9000 exceeds", "54000"), 422, "A value is outside of what can be stored."),
    ],
)
def test_answer_to_an_error(error: Exception, status: int, detail: str) -> None:
    assert answered(error) == (status, {"detail": detail})


def test_database_that_is_away_is_asked_again() -> None:
    answer = answer_for(operational("database is locked" if SQLITE else "connection refused", "08006"), long=False)
    assert answer is not None
    assert (answer.status_code, answer["Retry-After"]) == (503, "1")
    assert json.loads(answer.content) == {"exception_message": "Service Unavailable"}


def test_broken_constraint_is_a_conflict_without_its_details() -> None:
    status, body = answered(IntegrityError("UNIQUE constraint failed: flows_flow.name"))
    assert status == 409
    assert "flows_flow" not in body["detail"]


def test_bug_has_no_answer_of_its_own() -> None:
    assert answer_for(KeyError("x"), long=False) is None
    assert json.loads(server_error().content) == {"exception_message": "Internal Server Error"}
    assert (unauthorized().status_code, unauthorized()["WWW-Authenticate"]) == (401, "Bearer")


def test_error_may_have_headers_and_a_message_in_place_of_a_detail() -> None:
    answer = answer_for(ApiError(429, "Slower.", headers={"Retry-After": "7"}), long=True)
    assert answer is not None
    assert (answer.status_code, answer["Retry-After"]) == (429, "7")
    assert answered(ApiError(404, "Gone.", message=True)) == (404, {"exception_message": "Gone."})


class Shape(BaseModel):
    name: str
    sizes: list[int] = []


def invalid(body: dict[str, Any], *, given: bool = True) -> InvalidBody:
    with pytest.raises(InvalidShape) as refused:
        adapter_of(Shape).validate_python(body)
    return InvalidBody(error_details(refused.value, given=given), body)


def test_invalid_body_is_repeated_only_in_the_workspace_api() -> None:
    error = invalid({"name": 7})
    detail = {"type": "string_type", "loc": ["body", "name"], "msg": "Input should be a valid string"}
    assert answered(error) == (422, {"detail": [detail]})
    assert answered(error, long=True) == (
        422,
        {
            "exception_message": "Invalid request received.",
            "exception_detail": [{**detail, "input": 7}],
            "request_body": {"name": 7},
        },
    )


def test_what_json_cannot_say_is_spelled_out() -> None:
    error = InvalidBody([{"type": "x", "loc": (), "msg": "m", "input": {1}, "ctx": {"error": ValueError("v")}}], None)
    assert error.details == [{"type": "x", "loc": ["body"], "msg": "m", "input": "{1}", "ctx": {"error": "v"}}]


def test_many_errors_are_counted_and_large_inputs_left_out() -> None:
    many = invalid({"name": "a", "sizes": ["x"] * 101})
    assert [detail["msg"] for detail in many.details] == ["101 values do not fit"]
    assert invalid({"name": 7}, given=False).details[0]["input"] is None


def test_list_stops_at_its_first_invalid_item() -> None:
    with pytest.raises(InvalidShape) as refused:
        adapter_of(list[int]).validate_python(["x"] * 1_000)
    assert refused.value.error_count() == 1


def test_body_is_echoed_as_json_or_as_its_beginning() -> None:
    assert echo(b'{"a": 1}') == {"a": 1}
    assert echo(b'{"a": ') == '{"a": '
    assert echo(b"[" + b" " * ECHO_LIMIT + b"]") == "[" + " " * 9_999
    assert echo(b"\xff") == "\ufffd"
