"""`campaigns doctor` on mail: key, domain, DNS and webhook; and real mail stays off while a demanded line fails."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import httpx
import pytest
from psycopg.types.json import Jsonb

from flows.delivery import deliver_first
from flows.domain.samples import samples
from flows.send_due import send_all
from tests.clinic import OTHER, Clinic
from tests.stand_ins.resend_account import SECRET
from tests.stand_ins.samples import resend_error


def test_a_test_event_goes_through_the_public_address_and_leaves_nothing(clinic: Any) -> None:
    with clinic() as here:
        [said] = [one.said for one in here.examine()["webhook"]]
        assert said == "a signed test event arrived in the ledger, and was removed"
        assert here.rig.rows("SELECT count(*) FROM delivery_event") == [(0,)]


@pytest.mark.parametrize(
    ("web", "settings", "said"),
    [
        ({"resend_webhook_secret": OTHER}, {}, "it has another secret"),
        ({}, {}, "it has no secret"),
        ({"resend_webhook_secret": SECRET}, {"resend_webhook_secret": None}, "it has no secret"),
        ({"resend_webhook_secret": OTHER}, {"resend_webhook_secret": OTHER}, "it has another secret"),
    ],
    ids=["web has another", "web has none", "not set", "both have another than Resend"],
)
def test_a_wrong_secret_of_the_webhook_is_found(clinic: Any, web: Any, settings: Any, said: str) -> None:
    with clinic(web=web, **settings) as here:
        assert any(one.state == "fail" and said in one.said for one in here.examine()["webhook"])


@pytest.mark.parametrize(
    ("change", "state", "said"),
    [
        (
            {"endpoint": "https://elsewhere.example/events/resend"},
            "fail",
            "bounces and complaints stay unknown",
        ),
        ({"status": "disabled"}, "fail", "it is disabled"),
        ({"events": ["email.sent"]}, "warn", "does not report email.bounced"),
    ],
)
def test_a_webhook_that_would_not_report_is_found(clinic: Any, change: Any, state: str, said: str) -> None:
    with clinic() as here:
        here.resend.mailbox.account.webhooks[0].update(change)
        assert any(one.state == state and said in one.said for one in here.examine()["webhook"])


def test_a_site_that_does_not_answer_is_found(clinic: Any) -> None:
    with clinic() as here:
        here.site = httpx.Client(base_url="http://127.0.0.1:9", timeout=5)
        found = here.states()
    assert (found["website"], found["webhook"]) == ({"fail"}, {"fail"})


@pytest.mark.parametrize("line", ["SPF", "DKIM"])
def test_a_record_that_dns_does_not_have_fails_with_what_to_add(clinic: Any, line: str) -> None:
    with clinic() as here:
        here.zone.records = {
            key: v for key, v in here.zone.records.items() if ("_domainkey" in key[1]) != (line == "DKIM")
        }
        [found] = here.examine()[line]
    assert found.state == "fail"
    assert found.do.startswith("Add ")


def test_a_domain_that_resend_has_not_verified_fails(clinic: Any) -> None:
    with clinic() as here:
        domain = here.resend.mailbox.account.domains[0]
        domain["status"] = domain["records"][2]["status"] = "pending"
        [found] = here.examine()["Resend domain"]
    assert found.state == "fail"
    assert "DKIM (resend._domainkey)" in found.said


def test_a_domain_that_resend_does_not_know_fails(clinic: Any) -> None:
    with clinic(mail_from="a@elsewhere.example") as here:
        assert here.states()["Resend domain"] == {"fail"}


def test_a_key_that_may_only_send_is_enough_and_what_it_cannot_see_is_told(clinic: Any) -> None:
    with clinic() as here:
        here.key = "re_sending"
        found = here.states()
    assert found["Resend key"] == found["SPF"] == found["DKIM"] == {"ok"}
    assert found["Resend domain"] == {"warn"}
    assert found["webhook"] == {"warn", "ok"}


def test_a_wrong_key_fails(clinic: Any) -> None:
    with clinic() as here:
        here.key = "wrong"
        assert here.states()["Resend key"] == {"fail"}


def enrolled(here: Clinic) -> UUID:
    """Somebody who has said all that the campaign asks."""
    enrolment = here.rig.enrol(name="christmas")
    _, answers = next(samples(here.rig.desk.campaigns["christmas"]))
    here.rig.rows("UPDATE enrolment SET segment = 'URGENT', answers = %s RETURNING 1", Jsonb(answers))
    return enrolment.id


def test_while_a_demanded_line_fails_no_real_mail_leaves_until_it_is_mended(clinic: Any) -> None:
    with clinic() as here:
        dkim = here.zone.records.pop(("TXT", "resend._domainkey.galatek.example"))
        assert "sending" in here.examine()
        first = deliver_first(enrolled(here), here.rig.desk)
        assert (first.state, here.rig.provider.attempts) == ("waiting", [])
        assert "campaigns doctor found: DKIM" in (first.reason or "")
        here.zone.records["TXT", "resend._domainkey.galatek.example"] = dkim
        assert "sending" not in here.examine()
        here.rig.clock.forward(minutes=20)
        send_all(here.rig.desk)
        assert len(here.rig.provider.sent) == 1


def test_what_nobody_can_tell_neither_stops_mail_nor_lets_it_go(clinic: Any) -> None:
    with clinic() as here:
        here.zone.broken = True
        assert (here.states()["DKIM"], here.health.brake()) == ({"warn"}, None)
        here.zone.broken = False
        here.resend.mailbox.account.domains.clear()
        here.examine()
        here.resend.will(*[resend_error(503, "application_error")] * 9)
        here.examine()
        assert "Resend domain" in (here.health.brake() or "")


def test_a_brake_of_somebody_elses_is_not_released(clinic: Any) -> None:
    with clinic() as here:
        here.health.set_brake("complaints over 0.3 %", here.rig.clock())
        [found] = here.examine()["sending"]
        assert (found.state, here.health.brake()) == ("fail", "complaints over 0.3 %")


def test_the_brake_is_noted_when_it_is_set_and_when_it_is_released(clinic: Any) -> None:
    with clinic() as here:
        domains = here.resend.mailbox.account.domains[:]
        here.resend.mailbox.account.domains.clear()
        here.examine()
        here.examine()
        here.resend.mailbox.account.domains += domains
        here.examine()
        assert here.rig.rows("SELECT actor, action FROM audit") == [
            ("doctor", "brake set"),
            ("doctor", "brake released"),
        ]


def test_a_sender_whose_domain_takes_no_mail_is_warned_of(clinic: Any) -> None:
    with clinic() as here:
        del here.zone.records["MX", "galatek.example"]
        [none] = here.examine()["replies"]
        here.zone.records["MX", "galatek.example"] = ["0 ."]
        [refused] = here.examine()["replies"]
    assert (none.state, "has no MX" in none.said) == ("warn", True)
    assert (refused.state, "takes no mail" in refused.said) == ("warn", True)


def test_a_reply_to_that_nobody_reads_is_warned_of(clinic: Any) -> None:
    with clinic(mail_reply_to="no-reply@galatek.example") as here:
        [found] = here.examine()["replies"]
    assert (found.state, "nobody reads" in found.said) == ("warn", True)
