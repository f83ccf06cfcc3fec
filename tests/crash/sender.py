"""A sender as a process of its own that is killed, as by `kill -9`, at one named point of its work."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from multiprocessing.process import BaseProcess
from typing import Any

from flows.adapters.resend import Resend
from flows.send_due import send_all
from tests.conftest import Ledger
from tests.desk import Clock, rig

#: Clean processes, like the worker's own children.
_processes = multiprocessing.get_context("forkserver")
_processes.set_forkserver_preload(["tests.crash.sender"])


@dataclass(frozen=True)
class Point:
    """Before or after one call of the ledger's or the mailer's."""

    call: str
    after: bool = False

    def __str__(self) -> str:
        return f"{'after' if self.after else 'before'} {self.call}"


@dataclass(frozen=True)
class Mortal:
    """Does what something else does, until the process comes to the point at which it is killed."""

    living: Any
    point: Point

    def __getattr__(self, name: str) -> Any:
        found = getattr(self.living, name)
        return self._last(found) if name == self.point.call else found

    def _last(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def called(*values: Any, **named: Any) -> None:
            if self.point.after:
                call(*values, **named)
            os.kill(os.getpid(), signal.SIGKILL)

        return called


def start(server: Ledger, resend: str, now: datetime, point: Point | None = None) -> BaseProcess:
    """A process that sends what is due at `now`; killed when it comes to the point, if there is one."""
    ours = Ledger(**vars(server))  # pytest's own conftest has another name, which no other process knows
    process = _processes.Process(target=_send, args=(ours, resend, now, point), daemon=True)
    process.start()
    return process


def _send(server: Ledger, resend: str, now: datetime, point: Point | None) -> None:
    desk = rig(server, clock=Clock(now)).desk
    desk = replace(desk, mailer=Resend("re_test", resend))
    if point:
        desk = replace(desk, ledger=Mortal(desk.ledger, point), mailer=Mortal(desk.mailer, point))  # type: ignore[arg-type]
    send_all(desk)
