"""Concurrent calls that become few."""

from __future__ import annotations

import asyncio

import pytest

from services.web.group import Grouped


class SpoiltError(Exception):
    pass


class Shop:
    """Doubles numbers after a moment; remembers the groups that it was asked in."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []

    async def double(self, numbers: list[int]) -> list[int]:
        self.groups.append(numbers)
        await asyncio.sleep(0.01)
        if 13 in numbers:
            raise SpoiltError
        if 99 in numbers:
            raise ConnectionError
        return [2 * number for number in numbers]


async def _ask(shop: Shop, *numbers: int, most: int = 100) -> list[int | BaseException]:
    double = Grouped(shop.double, spoils=SpoiltError, most=most)
    return await asyncio.gather(*map(double, numbers), return_exceptions=True)


def test_everyone_gets_their_own_result() -> None:
    assert asyncio.run(_ask(Shop(), 1, 2, 3)) == [2, 4, 6]


def test_calls_during_a_call_go_together_into_the_next() -> None:
    shop = Shop()

    async def two_waves() -> None:
        double = Grouped(shop.double, spoils=SpoiltError)
        first = asyncio.create_task(double(1))
        await asyncio.sleep(0.005)
        await asyncio.gather(first, double(2), double(3))

    asyncio.run(two_waves())
    assert shop.groups == [[1], [2, 3]]


def test_a_group_has_a_largest_size() -> None:
    shop = Shop()
    asyncio.run(_ask(shop, 1, 2, 3, most=2))
    assert shop.groups == [[1, 2], [3]]


def test_one_bad_item_does_not_spoil_the_others() -> None:
    first, bad, last = asyncio.run(_ask(Shop(), 1, 13, 3))
    assert (first, last) == (2, 6)
    assert isinstance(bad, SpoiltError)


def test_when_nothing_can_be_reached_all_hear_it_after_one_try() -> None:
    shop = Shop()
    outcomes = asyncio.run(_ask(shop, 99, 1))
    assert [type(outcome) for outcome in outcomes] == [ConnectionError, ConnectionError]
    assert len(shop.groups) == 1


def test_it_goes_on_after_a_failure() -> None:
    async def twice() -> int:
        double = Grouped(Shop().double, spoils=SpoiltError)
        with pytest.raises(ConnectionError):
            await double(99)
        async with asyncio.timeout(5):
            return await double(4)

    assert asyncio.run(twice()) == 8


def test_nothing_is_done_for_whoever_gave_up() -> None:
    shop = Shop()

    async def impatient() -> None:
        double = Grouped(shop.double, spoils=SpoiltError)
        first, second = asyncio.create_task(double(1)), asyncio.create_task(double(2))
        await asyncio.sleep(0)
        third = asyncio.create_task(double(3))
        await asyncio.sleep(0.005)
        third.cancel()
        await asyncio.gather(first, second)
        await asyncio.sleep(0.02)

    asyncio.run(impatient())
    assert shop.groups == [[1, 2]]
