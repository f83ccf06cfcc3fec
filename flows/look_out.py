"""Somebody looks whether all is well. Planned by the server every quarter of an hour; safe to run at any time."""

from __future__ import annotations

from collections import Counter

from prefect import State, flow, get_run_logger
from prefect.states import Completed

from flows.domain.identity import LOOK_OUT
from flows.looking_out import Seen, look
from flows.previews import show_notice
from flows.wiring import tower


@flow(name=LOOK_OUT, validate_parameters=False, persist_result=False)
def look_out() -> State[None]:
    """Find what a person should know, tell them, and stop campaign mail when too many complain."""
    seen = look(tower())
    _log(seen)
    for one in seen.told:
        # Of a lead the signup's own run has the preview: it goes with the person.
        if one.body and one.notice.kind != "lead":
            show_notice(one.notice, one.body)
    return Completed(message=summary(seen))


def summary(seen: Seen) -> str:
    """One sentence or two for the operator, without anybody's data."""
    lines = ", ".join(alert.line for alert in seen.open)
    said = [f"Alerts that are open: {lines}." if lines else "All is well."]
    counts = Counter(one.state for one in seen.told)
    if counts:
        said.append("Notices: " + ", ".join(f"{n} {state}" for state, n in sorted(counts.items())) + ".")
    return " ".join(said)


def _log(seen: Seen) -> None:
    logger = get_run_logger()
    for change in seen.changes:
        if change.finding and change.told:
            logger.warning("%s: %s. %s", change.finding.line, change.finding.said, change.finding.do)
        elif change.moment == "over" and change.alert:
            logger.info("over: %s", change.alert.line)
    for one in seen.told:
        if one.state in ("waiting", "failed"):
            logger.warning("a notice by %s (%s): %s", one.notice.channel, one.notice.kind, one.reason)
    if seen.pulse:
        logger.warning("the heartbeat: %s", seen.pulse)
