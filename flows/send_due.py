"""What is due leaves. Planned by the server for each due minute; safe to run twice, at once, or half."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import Any

from prefect import State, flow, get_run_logger
from prefect.states import Completed, Failed

from flows.adapters.postgres import LEASE
from flows.beginning import begin_confirmed
from flows.delivery import Delivered, deliver
from flows.desk import Desk
from flows.domain.identity import SEND_DUE
from flows.mirroring import end_stopped
from flows.wiring import desk

#: Letters claimed in one go.
LARGEST_BATCH = 50


@flow(name=SEND_DUE, validate_parameters=False, persist_result=False)
def send_due() -> State[Any]:
    """Send every letter that is due, at the provider's pace, until none is left."""
    outcomes, reasons = send_all(desk())
    for reason in sorted(reasons):
        get_run_logger().warning("%s", reason)
    said = ", ".join(f"{count} {state}" for state, count in sorted(outcomes.items())) or "nothing was due"
    message = " ".join([f"{said[0].upper()}{said[1:]}.", *sorted(reasons)])
    return Failed(message=message) if reasons else Completed(message=message)


def send_all(desk: Desk) -> tuple[Counter[str], set[str]]:
    """Counts of what became of the letters, and the reasons for which a person must act."""
    outcomes: Counter[str] = Counter()
    reasons: set[str] = set()
    begin_confirmed(desk)
    end_stopped(desk)
    for delivered in _delivered(desk):
        outcomes[delivered.state] += 1
        if delivered.needs_person and delivered.reason:
            reasons.add(delivered.reason)
    if outcomes["waiting"] and (braked := desk.ledger.braked("resend")):
        reasons.add(braked)
    return outcomes, reasons


def _delivered(desk: Desk) -> Iterator[Delivered]:
    """Several at a time, so that the provider's slowness does not add up; the pace is the ledger's all the same.

    The next letters are claimed before the last ones are settled, so that no sender waits for a claim.
    """
    done: SimpleQueue[Future[Delivered]] = SimpleQueue()
    under_way = 0
    senders = ThreadPoolExecutor(desk.at_a_time)
    try:
        while (letters := desk.ledger.claim(desk.clock(), _batch(desk))) or under_way:
            for letter in letters:
                senders.submit(deliver, letter, desk).add_done_callback(done.put)
            under_way += len(letters)
            while under_way > (desk.at_a_time - 1 if letters else 0):
                yield done.get().result()
                under_way -= 1
    finally:
        senders.shutdown(cancel_futures=True)


def _batch(desk: Desk) -> int:
    """Few enough letters that all leave at the provider's pace before their claim ends."""
    in_time = int(desk.settings.resend_per_second * LEASE.total_seconds() / 4)
    return LARGEST_BATCH if desk.settings.preview else min(max(in_time, 1), LARGEST_BATCH)
