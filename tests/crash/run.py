"""One crash run: everybody signs up, day after day comes early, and meanwhile things are killed."""

from __future__ import annotations

import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx

from flows.domain.identity import SEND_DUE, deployment_id
from services.init.secrets import OPERATOR
from tests.crash import account
from tests.crash.account import Account
from tests.crash.keeper import Keeper
from tests.crash.monkey import LULL, Monkey
from tests.crash.people import Stoppers, email, sign_up
from tests.crash.place import PATIENCE, Place, running_place
from tests.crash.plan import Plan

STEPS = 7
_FORWARD = """
    UPDATE message SET due_at = now(), expires_at = NULL WHERE state = 'scheduled' AND step <= %s AND due_at > now()"""
_SETTLED = "SELECT count(*) FROM message WHERE state NOT IN ('scheduled', 'sending')"
#: Seconds between two runs of `send-due` that are ordered, as a person could in Prefect's UI.
#: The server's own planning looks minutes and quarters of an hour ahead: too long for a test.
ORDER = 2


@dataclass(frozen=True)
class Aftermath:
    """What there was to see when the dust had settled."""

    plan: Plan
    account: Account
    kills: Counter[str]
    unsettled: int
    seconds: float

    def __str__(self) -> str:
        killed = ", ".join(f"{count} × {kind}" for kind, count in self.kills.most_common())
        seen = self.account
        return (
            f"{self.plan}: {self.plan.signups} signups, {self.kills.total()} kills ({killed}), {len(seen.stopped)} stops; "
            f"{len(seen.accepted)} accepted, {len(seen.doubled)} doubled, {len(seen.lost)} lost, "
            f"{len(seen.after_stop)} tried after stop; {self.seconds:.0f} s"
        )


def run(plan: Plan, directory: Path) -> Aftermath:
    begin = time.monotonic()
    with running_place(directory) as place:
        keeper = Keeper(place)
        monkey, stoppers = Monkey(place, keeper, plan.dice("monkey")), Stoppers(place, plan.dice("stop"))
        try:
            with keeper.keeping():
                unsettled = _live(place, plan, monkey, stoppers)
        finally:
            monkey.clean_up()
        expected = frozenset(
            (email(number), step + 1) for number in range(plan.signups) for step in range(STEPS)
        )
        seen = account.take(place, expected, stoppers.stopped)
    return Aftermath(plan, seen, monkey.kills, unsettled, time.monotonic() - begin)


def _live(place: Place, plan: Plan, monkey: Monkey, stoppers: Stoppers) -> int:
    """All of it at once, until everything is settled. Returns how many mails did not get that far."""
    with ThreadPoolExecutor() as pool:
        work = [
            pool.submit(sign_up, place, range(plan.signups)),
            pool.submit(monkey.kill, plan.kills, plan.signups * (1 + STEPS)),
            pool.submit(stoppers.stop, plan.signups // 10, plan.kills * LULL / 2),
        ]
        while not all(part.done() for part in work):
            _pass_time(place, 1 + (STEPS - 1) * monkey.kills.total() // max(plan.kills - 1, 1))
            time.sleep(ORDER)
    for part in work:
        part.result()  # its error is the run's
    return _settle(place, plan.signups * STEPS)


def _settle(place: Place, mails: int) -> int:
    """Nobody dies any more: what is open has a minute or two to leave."""
    deadline = time.monotonic() + PATIENCE + mails / 20
    while (unsettled := mails - int(place.rows(_SETTLED)[0][0])) and time.monotonic() < deadline:
        _pass_time(place, STEPS)
        time.sleep(ORDER)
    return unsettled


def _pass_time(place: Place, day: int) -> None:
    """The days of the first steps have come, up to this one."""
    place.rows(_FORWARD, day)
    _order(place)


def _order(place: Place) -> None:
    """A run of `send-due`. Where it cannot be had now, there is a next time."""
    url = f"{place.stack.api_url}/deployments/{deployment_id(SEND_DUE)}/create_flow_run"
    try:
        httpx.post(url, json={}, auth=(OPERATOR, place.stack.password), timeout=5)
    except httpx.TransportError:
        return
    place.rows("NOTIFY run")  # the worker would look within seconds
