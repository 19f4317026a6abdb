"""The numbers of queues, by the rule of a Prefect server."""

from uuid import UUID

import pytest

from workspaces.work_pools.priorities import first_free, renumbered

A, B, C, NEW = (UUID(int=number) for number in range(4))


@pytest.mark.parametrize(("taken", "free"), [([], 1), ([1, 2], 3), ([2, 3], 1), ([1, 3, 4], 2)])
def test_new_queue_gets_the_first_free_number(taken: list[int], free: int) -> None:
    assert first_free(taken) == free


@pytest.mark.parametrize(
    ("others", "moved", "changed"),
    [
        ([(A, 1), (B, 2), (C, 5)], (NEW, 1), {A: 2, B: 3}),  # until the first gap
        ([(A, 1), (B, 2), (C, 3)], (NEW, 2), {B: 3, C: 4}),
        ([(A, 1), (B, 4)], (NEW, 3), {}),
        ([(A, 1), (B, 2)], (NEW, 9), {}),
        ([(A, 2), (B, 2), (C, 2)], None, {B: 3, C: 4}),
        ([], (NEW, 7), {}),
    ],
)
def test_other_queues_make_room_in_their_order(
    others: list[tuple[UUID, int]], moved: tuple[UUID, int] | None, changed: dict[UUID, int]
) -> None:
    assert renumbered(others, moved) == changed
