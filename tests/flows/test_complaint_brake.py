"""Too many complaints stop campaign mail, until a person lets it go; mail to the operator goes on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pytest

from flows.adapters.ledger_health import LedgerHealth
from flows.delivery import deliver_first
from flows.send_due import send_all
from tests.desk import Rig
from tests.terminal import Terminal
from tests.tower import OPERATOR, Lookout


@pytest.fixture
def health(watch: Lookout) -> Iterator[LedgerHealth]:
    server = watch.rig.server
    with closing(
        LedgerHealth(host=server.host, port=server.port, dbname=server.name, user="worker")
    ) as found:
        yield found


def to_leads(rig: Rig) -> int:
    return sum(one.to != OPERATOR for one in rig.provider.sent)


def braked(watch: Lookout) -> Lookout:
    watch.left(1000, complained=4)
    watch.look()
    return watch


def test_at_three_in_a_thousand_campaign_mail_stops_and_the_operator_is_told(watch: Lookout) -> None:
    braked(watch)
    delivered = deliver_first(watch.rig.enrol().id, watch.rig.desk)
    assert delivered.state == "waiting"
    assert "4 of 1000 mails (0.40 %) complained" in (delivered.reason or "")
    assert to_leads(watch.rig) == 0
    assert sorted(watch.subjects()) == ["Alert: brake", "Warning: complaints"]


def test_the_run_that_would_send_says_why_it_does_not(watch: Lookout) -> None:
    watch.rig.enrol()
    braked(watch)
    outcomes, reasons = send_all(watch.rig.desk)
    assert outcomes == {"waiting": 1}
    assert [reason for reason in reasons if "complained" in reason]


def test_one_complaint_of_twenty_stops_nobody(watch: Lookout) -> None:
    watch.left(20, complained=1)
    watch.look()
    deliver_first(watch.rig.enrol().id, watch.rig.desk)
    assert (watch.lines(), to_leads(watch.rig)) == (set(), 1)


def test_it_stays_until_a_person_releases_it_even_when_the_rate_is_low_again(watch: Lookout) -> None:
    braked(watch)
    watch.left(100_000)
    watch.look(days=10)
    assert watch.lines() == {"brake"}


def test_once_released_mail_leaves_and_the_same_complaints_do_not_stop_it_again(
    watch: Lookout, health: LedgerHealth
) -> None:
    watch.rig.enrol()
    braked(watch)
    assert health.release_complaint_brake("the list was mended", watch.rig.clock())
    watch.look(minutes=20)
    assert watch.lines() == set()
    send_all(watch.rig.desk)
    assert to_leads(watch.rig) == 1
    watch.left(1000, complained=4, ago=timedelta(minutes=5))  # but new ones do
    watch.look()
    assert "brake" in watch.lines()


def test_the_doctors_brake_and_that_of_complaints_do_not_undo_one_another(
    watch: Lookout, health: LedgerHealth
) -> None:
    health.set_brake("campaigns doctor found: DKIM", watch.rig.clock())
    braked(watch)
    assert watch.lines() >= {"brake", "doctor"}
    health.set_brake(None, watch.rig.clock())
    assert "complained" in (watch.rig.desk.ledger.braked("resend") or "")
    health.set_brake("campaigns doctor found: DKIM", watch.rig.clock())
    health.release_complaint_brake("mended", watch.rig.clock())
    assert watch.rig.desk.ledger.braked("resend") == "campaigns doctor found: DKIM"


def test_setting_and_releasing_are_in_the_audit(watch: Lookout, terminal: Terminal) -> None:
    braked(watch).teller.vitals.brake_for_complaints("two looks at once", watch.rig.clock())
    said = terminal.type("release-brake", "--because", "the list of the fair is out", "--yes")
    assert "Released." in said.stdout
    assert watch.rig.rows(
        "SELECT actor, action, detail FROM audit WHERE action LIKE 'brake%%' ORDER BY id"
    ) == [
        ("look-out", "brake set", "4 of 1000 mails (0.40 %) complained within 7 days; the limit is 0.3 %"),
        ("operator", "brake released", "the list of the fair is out"),
    ]


def test_status_says_that_and_why_mail_is_stopped(watch: Lookout, terminal: Terminal) -> None:
    braked(watch)
    said = terminal.type("status").stdout
    assert "resend is paused until a person acts: 4 of 1000 mails (0.40 %) complained" in said
    assert "brake, since" in said


def test_releasing_asks_first_and_says_when_there_is_nothing_to_release(
    watch: Lookout, terminal: Terminal
) -> None:
    assert terminal.json("release-brake", "--because", "nothing", "--json") == {
        "released": False,
        "why": None,
        "still": None,
    }
    braked(watch)
    assert terminal.type("release-brake", "--because", "mended", answer="n\n").exit_code == 1
    assert watch.rig.desk.ledger.braked("resend")


def test_the_doctor_says_it_and_does_not_release_it(clinic: Any) -> None:
    with clinic() as here:
        here.rig.rows("UPDATE pace SET complaint_brake = '4 of 1000' WHERE provider = 'resend' RETURNING 1")
        [found] = here.examine()["complaints"]
        assert (found.state, found.said) == ("fail", "campaign mail stays off. 4 of 1000")
        assert "campaigns release-brake" in found.do
        assert here.health.complaint_brake() == "4 of 1000"


def test_in_preview_complaints_stop_nothing(on_watch: Callable[..., Lookout]) -> None:
    watch = on_watch(resend_api_key=None)
    braked(watch)
    assert deliver_first(watch.rig.enrol().id, watch.rig.desk).state != "waiting"
