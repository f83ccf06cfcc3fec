"""What our server does otherwise than Prefect's, because of what it costs while nothing happens.

Private to Prefect 3.8.8; `tests/flows/test_prefect_internals.py` fails, saying what changed, when another version reads
differently. `WORKER=stock` does without.

| Prefect's | instead | why |
|---|---|---|
| its background worker looks at its queue four times a second | once a second | half of what an idle server costs |
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from docket import Worker
from prefect.server.api import background_workers

#: What waits in that queue are marks of readiness and hourly clearing.
LOOK = timedelta(seconds=1)


def idle_quietly() -> None:
    """For this process, before its application starts."""
    quiet = partial(Worker, minimum_check_interval=LOOK, scheduling_resolution=LOOK)
    background_workers.Worker = quiet  # type: ignore[assignment,attr-defined]
