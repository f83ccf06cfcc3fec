"""What our server does otherwise than Prefect's, because of what it costs while nothing happens.

Private to Prefect 3.8.8; `tests/flows/test_prefect_internals.py` fails, saying what changed, when another version reads
differently. `WORKER=stock` does without.

| Prefect's | instead | why |
|---|---|---|
| its background worker looks at its queue four times a second | every other second | half of what an idle server costs |
| it looks ten times a second whether one of its own tasks shall be cancelled | never: nothing in Prefect cancels one | four tenths of the rest: each look is a thread's |
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from docket import Worker
from prefect.server.api import background_workers

#: What waits in that queue are marks of readiness and hourly clearing.
LOOK = timedelta(seconds=2)


class Quiet(Worker):
    """The same, deaf to cancellations."""

    async def _cancellation_listener(self) -> None:
        if session := self._processing_session:
            session.cancellation_ready.set()
            await session.stopping.wait()


def idle_quietly() -> None:
    """For this process, before its application starts."""
    quiet = partial(Quiet, minimum_check_interval=LOOK, scheduling_resolution=LOOK)
    background_workers.Worker = quiet  # type: ignore[assignment,attr-defined]
