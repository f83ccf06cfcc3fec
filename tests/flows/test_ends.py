"""One campaign ends another: what has not left is skipped, said, shown, and never sent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from flows.adapters.throwaway import ThrowAway
from flows.delivery import deliver_first
from flows.domain.verdict import judge
from flows.mirroring import mirror_behind
from flows.send_due import send_all
from flows.simulation import Story, simulate
from tests.desk import EMAIL, Rig, campaign

SUMMER = campaign(name="summer", flow="summer-signup")
SHOP = campaign(
    name="shop", flow="shop-signup", ends=["spring", "summer"], steps=[{"mail": "one", "after": 0}]
)
BY_SHOP = ("skipped", "entered shop")


@pytest.fixture
def mailed(opened: Callable[..., Rig]) -> Rig:
    """Anna has got mail 1 of spring; three are to come. The shop ends spring and summer."""
    rig = opened(campaign(), SUMMER, SHOP)
    deliver_first(rig.enrol().id, rig.desk)
    return rig


def unsent(rig: Rig, name: str) -> set[tuple[str, str]]:
    return set(
        rig.rows(
            "SELECT m.state::text, m.reason FROM message m JOIN enrolment e ON e.id = m.enrolment_id "
            "WHERE e.campaign = %s AND m.state <> 'sent'",
            name,
        )
    )  # type: ignore[arg-type]


def ends(rig: Rig) -> dict[str, Any]:
    return dict(rig.rows("SELECT campaign, end_reason FROM enrolment"))  # type: ignore[arg-type]


def test_who_enters_a_campaign_gets_no_more_of_those_that_it_ends(mailed: Rig) -> None:
    mailed.enrol(name="shop")
    assert unsent(mailed, "spring") == {BY_SHOP}
    mailed.clock.forward(days=30)
    assert send_all(mailed.desk)[0] == {"sent": 1}  # the shop's own


def test_an_end_is_audited_and_shown(mailed: Rig) -> None:
    mirror_behind(mailed.desk)
    mailed.enrol(name="shop")
    said = mailed.rows("SELECT actor, action, detail FROM audit WHERE action LIKE 'ended%%'")
    assert said == [("signup", "ended: entered shop", "spring")]
    mirror_behind(mailed.desk)
    assert {record.campaign: record.status for record in mailed.wall.shown.values()} == {
        "spring": "Stopped",
        "shop": "New",
    }


def test_only_that_persons_sequences_end_and_only_those_named(opened: Callable[..., Rig]) -> None:
    other = campaign(name="autumn", flow="autumn-signup")
    rig = opened(campaign(), other, SHOP)
    rig.enrol()
    rig.enrol(name="autumn")
    rig.enrol("ben@lead.example")
    rig.enrol(name="shop")
    assert rig.rows("SELECT campaign FROM enrolment e JOIN contact c ON c.id = contact_id WHERE end_reason IS NOT NULL "
                    "AND email = %s", EMAIL) == [("spring",)]  # fmt: skip
    assert len(rig.rows("SELECT FROM enrolment WHERE end_reason IS NOT NULL")) == 1


def test_entering_a_second_time_ends_what_began_since(mailed: Rig) -> None:
    mailed.enrol(name="shop")
    mailed.enrol(name="summer")
    assert not mailed.enrol(name="shop").new
    assert ends(mailed) == {"spring": "entered shop", "summer": "entered shop", "shop": None}


def test_a_sequence_that_is_over_is_not_ended_again(mailed: Rig) -> None:
    mailed.clock.forward(days=30)
    mailed.rows("UPDATE message SET state = 'sent', sent_at = now() WHERE state = 'scheduled' RETURNING id")
    mailed.enrol(name="shop")
    assert ends(mailed)["spring"] is None


def test_a_mail_whose_first_try_failed_is_not_tried_again_after_the_end(opened: Callable[..., Rig]) -> None:
    rig = opened(campaign(), SHOP)
    rig.provider.will(judge(500), judge(500), judge(500), judge(500))
    spring = rig.enrol()
    deliver_first(spring.id, rig.desk)
    rig.enrol(name="shop")
    rig.clock.forward(hours=1)
    send_all(rig.desk)
    assert rig.messages(spring)[0] == (1, *BY_SHOP)


def test_a_signup_that_is_simulated_ends_nothing(mailed: Rig) -> None:
    where = {"host": mailed.server.host, "port": mailed.server.port, "dbname": mailed.server.name}
    away = ThrowAway(**where, user="worker")
    simulate(mailed.desk, away, "shop", {"email": EMAIL, "first_name": "Anna"}, Story(mailed.clock()))
    away.close()
    assert ends(mailed) == {"spring": None}
