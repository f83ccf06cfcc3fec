"""The work pool of the campaigns: one fixed command, and no variable that a run could set.

Prefect's stock process pool lets a run's `job_variables` name a shell command, a directory and an environment.
This one has no variables, and its configuration has no `env` either, since Prefect merges the one of a run
into it. So what a caller writes there, even the operator, changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flows.domain.identity import LOOK_OUT, MIRROR, SEND_DUE

POOL = "campaigns"


@dataclass(frozen=True)
class Queue:
    """A queue of the pool; the one with the lowest priority is asked first."""

    name: str
    priority: int
    limit: int | None = None  # runs at the same time


#: Our own flows run alone, each in a queue of its own, so that a signup never waits behind them.
SIGNUPS = Queue("signups", 1)
QUEUES = {
    SEND_DUE: Queue("due-mails", 2, limit=1),
    MIRROR: Queue("mirror", 3, limit=1),
    LOOK_OUT: Queue("look-out", 4, limit=1),
}

TEMPLATE: dict[str, Any] = {
    "job_configuration": {
        "command": "python -m services.worker.run",
        "working_dir": str(Path(__file__).parents[2]),
        "stream_output": True,
    },
    "variables": {"type": "object", "properties": {}, "additionalProperties": False},
}
