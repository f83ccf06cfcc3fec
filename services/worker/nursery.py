"""A process in which everything is imported and nothing has happened yet: the worker's children are forked from it.

It is forked from the worker itself, at its very beginning. So the two and all children share what they have imported,
90 MB; multiprocessing's fork server begins as a new Python process and would import it all a second time.
"""

from __future__ import annotations

import multiprocessing
import os
import selectors
import signal
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import NoReturn

#: What a child runs, with its side of a pipe. It ends its process itself, or with code 1 if something comes out of it.
Work = Callable[[Connection], None]

_FORK = b"fork"


@dataclass(frozen=True)
class Forked:
    """A child as the worker sees it: the other side of its pipe, its process, and where its exit code will come from."""

    pipe: Connection
    pid: int
    ending: Connection

    @property
    def ended(self) -> bool:
        return self.ending.poll()

    def signal(self, number: signal.Signals) -> None:
        """To the process, unless it has ended: another may have its number by then."""
        if not self.ended:
            os.kill(self.pid, number)

    def exit_code(self, patience: float) -> int | None:
        """How it ended, negative for a signal; None if it has not within so many seconds."""
        try:
            return self.ending.recv() if self.ending.poll(patience) else None
        except EOFError:
            return None


class Nursery:
    """The worker's side.

    Attributes:
        line: readable when the nursery has died, and with it the way to further children.
    """

    def __init__(self, work: Work) -> None:
        """Fork it. Before any thread, for a lock that another thread holds would stay locked in all children."""
        self.line, asked = socket.socketpair()
        if os.fork() == 0:
            self.line.close()
            _nurse(asked, work)
        asked.close()

    def fork(self) -> Forked:
        """A new child. Raises `OSError` or `EOFError` if the nursery has died."""
        pipe, theirs = multiprocessing.Pipe()
        ending, telling = multiprocessing.Pipe(duplex=False)
        socket.send_fds(self.line, [_FORK], [theirs.fileno(), telling.fileno()])
        theirs.close()
        telling.close()
        return Forked(pipe, ending.recv(), ending)


@dataclass(frozen=True)
class _Ward:
    """A child as the nursery sees it. Nobody writes into `life`: it is readable when the child has ended."""

    pid: int
    telling: Connection
    life: Connection

    def bury(self) -> None:
        _, status = os.waitpid(self.pid, 0)
        _tell(self.telling, os.waitstatus_to_exitcode(status))
        self.telling.close()
        self.life.close()


def _nurse(asked: socket.socket, work: Work) -> NoReturn:
    """Fork for each request, until the worker has ended: it, and not a signal to both, ends the nursery."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    with selectors.DefaultSelector() as waiting:
        waiting.register(asked, selectors.EVENT_READ)
        while True:
            for key, _ in waiting.select():
                if isinstance(key.fileobj, socket.socket):
                    ward = _fork(*_request(asked), waiting, work)
                    waiting.register(ward.life, selectors.EVENT_READ, ward)
                else:
                    waiting.unregister(key.fileobj)
                    key.data.bury()


def _request(asked: socket.socket) -> tuple[Connection, Connection]:
    try:
        said, fds, _, _ = socket.recv_fds(asked, len(_FORK), 2)
    except ConnectionError:
        said = b""
    if not said:
        os._exit(0)  # the worker has ended
    return Connection(fds[0]), Connection(fds[1])


def _fork(pipe: Connection, telling: Connection, waiting: selectors.BaseSelector, work: Work) -> _Ward:
    life, held = multiprocessing.Pipe(duplex=False)
    pid = os.fork()
    if pid == 0:
        _close_others(waiting)
        telling.close()
        life.close()
        _be_a_child(pipe, work)
    pipe.close()
    held.close()
    _tell(telling, pid)
    return _Ward(pid, telling, life)


def _close_others(waiting: selectors.BaseSelector) -> None:
    for key in waiting.get_map().values():
        if key.data:
            key.data.telling.close()
        key.fileobj.close()  # type: ignore[union-attr]
    waiting.close()


def _be_a_child(pipe: Connection, work: Work) -> NoReturn:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    try:
        work(pipe)
    except Exception:  # noqa: BLE001 (nothing is above this)
        sys.excepthook(*sys.exc_info())
    finally:
        os._exit(1)


def _tell(telling: Connection, number: int) -> None:
    with suppress(OSError):  # a worker that has let the child go no longer listens
        telling.send(number)
