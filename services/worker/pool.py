"""The work pool of the campaigns: one fixed command, and no variable that a run could set.

Prefect's stock process pool lets a run's `job_variables` name a shell command, a directory and an environment.
This one has no variables, and its configuration has no `env` either, since Prefect merges the one of a run
into it. So what a caller writes there, even the operator, changes nothing.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

POOL = "campaigns"

TEMPLATE: dict[str, Any] = {
    "job_configuration": {
        "command": "python -m services.worker.run",
        "working_dir": str(Path(__file__).parents[2]),
        "stream_output": True,
    },
    "variables": {"type": "object", "properties": {}, "additionalProperties": False},
}
