"""The process that children are forked from: what the worker hears of them, and who ends with whom."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing.connection import Connection

import psutil
import pytest

from services.worker.nursery import Nursery

#: Seconds that a process may take to end.
PATIENCE = 10


def obey(pipe: Connection) -> None:
    """A child that does what it is told, until its pipe is closed."""
    with suppress(EOFError):
        while True:
            match pipe.recv():
                case "who are you?":
                    pipe.send((os.getpid(), os.getppid()))
                case "fail":
                    raise LookupError("it was told to")
                case int(code):
                    os._exit(code)
    os._exit(0)


@pytest.fixture
def nursery() -> Iterator[Nursery]:
    made = Nursery(obey)
    yield made
    made.line.close()


def process_of(nursery: Nursery) -> psutil.Process:
    """The nursery's own process: the parent of its children."""
    child = nursery.fork()
    child.pipe.send("who are you?")
    return psutil.Process(child.pipe.recv()[1])


def test_a_child_is_a_process_of_its_own_and_the_worker_knows_its_number(nursery: Nursery) -> None:
    children = [nursery.fork() for _ in range(2)]
    for child in children:
        child.pipe.send("who are you?")
    numbers = [child.pipe.recv()[0] for child in children]
    assert numbers == [child.pid for child in children]
    assert len({*numbers, os.getpid()}) == 3


@pytest.mark.parametrize("code", [0, 3])
def test_the_worker_hears_the_exit_code_of_a_child(nursery: Nursery, code: int) -> None:
    child = nursery.fork()
    child.pipe.send(code)
    assert child.exit_code(PATIENCE) == code


def test_a_child_out_of_which_an_error_comes_ends_with_code_1(nursery: Nursery) -> None:
    child = nursery.fork()
    child.pipe.send("fail")
    assert child.exit_code(PATIENCE) == 1


def test_a_signal_ends_a_child_and_its_code_says_which(nursery: Nursery) -> None:
    child = nursery.fork()
    assert not child.ended
    child.signal(signal.SIGKILL)
    assert child.exit_code(PATIENCE) == -signal.SIGKILL


def test_no_signal_goes_to_the_number_of_a_child_that_has_ended(nursery: Nursery) -> None:
    child = nursery.fork()
    child.pipe.send(0)
    assert child.ending.poll(PATIENCE)
    child.signal(signal.SIGKILL)  # raises ProcessLookupError if it is sent, or hits somebody else
    assert child.exit_code(0) == 0


def test_a_child_that_still_runs_has_no_exit_code(nursery: Nursery) -> None:
    assert nursery.fork().exit_code(0) is None


def test_a_child_ends_when_its_pipe_is_closed_however_many_were_forked_after_it(nursery: Nursery) -> None:
    first, second = nursery.fork(), nursery.fork()
    first.pipe.close()
    assert first.exit_code(PATIENCE) == 0
    assert not second.ended


def test_the_nursery_ends_with_the_worker(nursery: Nursery) -> None:
    process = process_of(nursery)
    nursery.line.close()
    process.wait(PATIENCE)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_that_the_whole_group_gets_leaves_the_nursery_to_the_worker(
    nursery: Nursery, number: signal.Signals
) -> None:
    process_of(nursery).send_signal(number)
    child = nursery.fork()
    child.pipe.send("who are you?")
    assert child.pipe.recv()


def test_the_worker_sees_that_the_nursery_has_died(nursery: Nursery) -> None:
    process = process_of(nursery)
    assert not select.select([nursery.line], [], [], 0)[0]
    process.kill()
    assert select.select([nursery.line], [], [], PATIENCE)[0]
    with pytest.raises((OSError, EOFError)):
        nursery.fork()


def test_the_worker_sees_that_the_nursery_has_died_while_children_live(nursery: Nursery) -> None:
    process, children = process_of(nursery), [nursery.fork() for _ in range(2)]
    process.kill()
    assert select.select([nursery.line], [], [], PATIENCE)[0]
    assert all(
        child.ending.poll(PATIENCE) for child in children
    )  # nobody else holds what would tell of their end
    for child in children:
        child.pipe.send("who are you?")
        assert child.pipe.recv()[0] == child.pid


def test_a_child_may_be_told_to_end_by_sigterm_although_the_nursery_may_not(nursery: Nursery) -> None:
    child = nursery.fork()
    child.pipe.send("who are you?")
    assert child.pipe.recv()  # it has begun: before, it is as deaf as the nursery
    child.signal(signal.SIGTERM)
    assert child.exit_code(PATIENCE) == -signal.SIGTERM
