"""How many children the worker has: as many as it needs, and one that waits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, cast

import pytest

from services.worker.children import IDLE, Child, Children


@dataclass(eq=False)
class Pretended:
    """A child without a process."""

    run: Any = None
    last: bool = False
    dead: bool = False
    closed: bool = False
    idle_since: float = 0.0

    def close(self) -> None:
        self.closed = True


@dataclass
class Nursery:
    now: float = 0.0

    def __post_init__(self) -> None:
        self.made: list[Pretended] = []
        self.children = Children(3, self._make, lambda: self.now)

    def _make(self) -> Child:
        self.made.append(Pretended(idle_since=self.now))
        return cast("Child", self.made[-1])

    def begin(self) -> Pretended:
        child = cast("Pretended", self.children.free())
        child.run = object()
        return child

    def finish(self, child: Pretended) -> None:
        child.run, child.idle_since = None, self.now

    @property
    def there(self) -> int:
        return len([child for child in self.made if not child.closed])


@pytest.fixture
def nursery() -> Nursery:
    return Nursery()


def test_one_child_waits_before_there_is_anything_to_do(nursery: Nursery) -> None:
    assert (nursery.there, nursery.children.room) == (1, 3)


def test_a_second_child_is_made_for_a_second_run_at_the_same_time(nursery: Nursery) -> None:
    nursery.begin()
    assert nursery.there == 1
    nursery.begin()
    assert (nursery.there, nursery.children.room) == (2, 1)


def test_the_next_run_goes_to_who_has_worked_last(nursery: Nursery) -> None:
    first, second = nursery.begin(), nursery.begin()
    nursery.now = 5
    nursery.finish(second)
    nursery.now = 9
    nursery.finish(first)
    assert nursery.begin() is first


def test_children_that_have_long_had_no_run_end_but_one(nursery: Nursery) -> None:
    for child in [nursery.begin() for _ in range(3)]:
        nursery.finish(child)
    nursery.now = IDLE
    nursery.children.tidy()
    assert nursery.there == 3
    nursery.now += 1
    nursery.children.tidy()
    assert (nursery.there, nursery.children.room) == (1, 3)
    assert len(nursery.made) == 3  # the one that is there is one of them


def test_a_child_that_has_a_run_is_never_idle_however_long_it_takes(nursery: Nursery) -> None:
    nursery.begin()
    slow = nursery.begin()
    nursery.now = 10 * IDLE
    nursery.children.tidy()
    assert not slow.closed


@pytest.mark.parametrize("ended", ["died", "served its time"])
def test_in_the_place_of_the_only_child_comes_another(nursery: Nursery, ended: str) -> None:
    [child] = nursery.made
    if ended == "died":
        child.dead = True
        nursery.children.tidy()
    else:
        child.last = True
        nursery.children.remove(cast("Child", child))
    assert (child.closed, nursery.there, nursery.children.room) == (True, 1, 3)


def test_a_child_that_takes_no_more_runs_leaves_less_room_until_it_is_gone(nursery: Nursery) -> None:
    child = nursery.begin()
    child.run, child.last = None, True
    assert nursery.children.room == 2
    assert nursery.children.free() is not cast("Child", child)
