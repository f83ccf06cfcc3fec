"""The mirror catches up with the ledger. Planned by the server when records are behind; safe to run twice."""

from __future__ import annotations

from typing import Any

from prefect import State, flow, get_run_logger
from prefect.states import Completed

from flows.domain.identity import MIRROR
from flows.mirroring import mirror_behind
from flows.wiring import desk


@flow(name=MIRROR, validate_parameters=False, persist_result=False)
def mirror() -> State[Any]:
    """Bring every record that is behind up to date, at Notion's pace."""
    done, failures = mirror_behind(desk())
    for failure in sorted(failures):
        get_run_logger().warning("%s", failure)
    return Completed(message=" ".join([f"{done} records brought up to date.", *sorted(failures)]))
