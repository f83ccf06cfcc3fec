"""Kills processes of the stack with SIGKILL, at moments and in an order that a seed decides."""

from __future__ import annotations

import time
from collections import Counter
from functools import partial
from random import Random

import psutil

from tests.crash.keeper import Keeper
from tests.crash.place import Place, patiently

#: What is killed before anything is killed once more: a hand of cards that is shuffled and dealt again and again.
HAND = ["worker's child"] * 3 + ["worker", "server", "web", "Postgres", "process of Postgres"]
#: Seconds between two kills: a little time on average, after some work was done or there was time for it.
PAUSE, LULL = 0.7, 4
_DONE = (
    "SELECT (SELECT count(*) FROM signup WHERE handed_over_at IS NOT NULL) + (SELECT count(*) FROM attempt)"
)


class NotUp(Exception):
    """What shall be killed is not there yet."""


class Monkey:
    """Counts what it has killed in `kills`."""

    def __init__(self, place: Place, keeper: Keeper, dice: Random) -> None:
        self._place, self._keeper, self._dice = place, keeper, dice
        self.kills: Counter[str] = Counter()
        self._seen: set[psutil.Process] = set()

    def kill(self, times: int, work: int) -> None:
        """So many kills, spread over so many signups and mails."""
        hand: list[str] = []
        for _ in range(times):
            hand = hand or self._dice.sample(HAND, len(HAND))
            self._wait_for(work // (times + 1))
            time.sleep(self._dice.expovariate(1 / PAUSE))
            kind = hand.pop()
            patiently(partial(self._kill, kind), NotUp)
            self.kills[kind] += 1

    def _wait_for(self, work: int) -> None:
        """Most die at work, and some while they start or wait for others to do so."""
        enough, deadline = self._done() + work, time.monotonic() + LULL
        while self._done() < enough and time.monotonic() < deadline:
            time.sleep(0.3)

    def _done(self) -> int:
        return int(self._place.rows(_DONE)[0][0])

    def clean_up(self) -> None:
        """What has outlived the process that started it, and would in a container have ended with it."""
        _kill(self._seen)

    def _kill(self, kind: str) -> None:
        victims = self._victims(kind)
        _kill(victims)
        if kind == "Postgres":
            patiently(lambda: _assert_gone(victims), AssertionError)
            time.sleep(self._dice.uniform(0, 2))
            self._place.start_postgres()

    def _victims(self, kind: str) -> list[psutil.Process]:
        match kind:
            case "Postgres":
                return self._postgres()
            case "process of Postgres":
                return self._one_of(self._postgres()[1:])
            case "worker's child":
                # Those that have runs are made by a process that the worker has for that.
                makers = self._service("worker")[0].children()
                return self._one_of([child for maker in makers for child in maker.children()])
            case "worker":  # in its container its children end with it; those that go on are a harder case
                worker = self._service("worker")
                return worker if self._dice.random() < 0.5 else worker[:1]
            case _:
                return self._service(kind)

    def _one_of(self, processes: list[psutil.Process]) -> list[psutil.Process]:
        if not processes:
            raise NotUp
        return [self._dice.choice(processes)]

    def _postgres(self) -> list[psutil.Process]:
        return _with_children(self._place.server.get_pid())

    def _service(self, name: str) -> list[psutil.Process]:
        """The service and what it has started. One that is not allowed to come up would prove nothing."""
        if not self._keeper.is_up(name):
            raise NotUp
        found = _with_children(self._place.stack.processes[name].pid)
        self._seen.update(found)
        return found


def _with_children(pid: int | None) -> list[psutil.Process]:
    try:
        process = psutil.Process(pid)
        return [process, *process.children(recursive=True)]
    except psutil.NoSuchProcess:
        return []


def _kill(victims: list[psutil.Process] | set[psutil.Process]) -> None:
    for victim in victims:
        try:
            victim.kill()
        except psutil.NoSuchProcess:
            continue


def _assert_gone(victims: list[psutil.Process]) -> None:
    for victim in victims:
        assert not victim.is_running() or victim.status() == psutil.STATUS_ZOMBIE
