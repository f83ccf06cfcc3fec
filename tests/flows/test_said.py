"""What is said of people: to the operator in a sentence, and to nobody else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from flows.adapters.campaign_files import read_campaigns
from flows.adapters.postgres import Ledger, LedgerError
from flows.delivery import Delivered, deliver_first
from flows.domain.answers import Answers, Refused
from flows.domain.lead import Enrolment, Lead
from flows.domain.template import parse
from flows.domain.verdict import judge
from flows.send_due import send_all
from flows.signup import signup_flow
from flows.summary import summary
from tests.desk import EMAIL, NOW, Rig, campaign

SPRING = campaign()
LEAD = Lead(email=EMAIL, segment="ALL", timezone="Europe/Berlin", answers={"first_name": "Anna"})
NEW = Enrolment(id=UUID(int=1), contact_id=UUID(int=2), created_at=NOW, new=True)
KNOWN = replace(NEW, new=False)
LATER = datetime(2026, 12, 1, 9, 31, tzinfo=UTC)

ENROLLED = "ALL: enrolled in spring, 4 mails planned."
BEFORE = "This address has been in spring since 2026-12-01: nothing is planned or sent twice."


@pytest.mark.parametrize(
    ("enrolment", "mail", "behind", "state", "said"),
    [
        (NEW, Delivered(None, "sent"), None, "COMPLETED", f"{ENROLLED} Mail 1 was sent."),
        (KNOWN, Delivered(None, "sent"), None, "COMPLETED", f"{BEFORE} Mail 1 was sent then."),
        (NEW, Delivered(None, "skipped", "preview"), None, "COMPLETED",
         f"{ENROLLED} Mail 1 was rendered and kept, not sent: RESEND_API_KEY is not set."),
        (KNOWN, Delivered(None, "skipped", "unsubscribed"), None, "COMPLETED", f"{BEFORE} Mail 1 is skipped (unsubscribed)."),
        (NEW, Delivered(None, "waiting", "Resend failed (500).", LATER), None, "COMPLETED",
         f"{ENROLLED} Mail 1 waits until 2026-12-01 09:31 UTC: Resend failed (500)."),
        (NEW, Delivered(None, "waiting", "MAIL_FROM is not set", LATER, needs_person=True), None, "FAILED",
         f"{ENROLLED} Mail 1 waits until 2026-12-01 09:31 UTC: MAIL_FROM is not set"),
        (NEW, Delivered(None, "scheduled", None, LATER), None, "COMPLETED",
         f"{ENROLLED} Mail 1 leaves on 2026-12-01 at 09:31 UTC."),
        (NEW, Delivered(None, "held", "Resend refused it.", needs_person=True), None, "FAILED",
         f"{ENROLLED} Mail 1 is held until a person looks: Resend refused it."),
        (KNOWN, Delivered(None, "sending"), None, "COMPLETED", f"{BEFORE} Mail 1 is sending."),
        (NEW, Delivered(None, "sent"), "Notion is away.", "COMPLETED",
         f"{ENROLLED} Mail 1 was sent. Notion is behind and will catch up: Notion is away."),
    ],
)  # fmt: skip
def test_a_run_ends_with_a_sentence_and_is_failed_only_if_a_person_must_act(
    enrolment: Enrolment, mail: Delivered, behind: str | None, state: str, said: str
) -> None:
    ended = summary(SPRING, LEAD, enrolment, mail, behind)
    assert (ended.type.value, ended.message) == (state, said)


@pytest.mark.parametrize(
    "end",
    [
        {"user": "worker", "dbname": "nothing"},
        {"user": "nobody"},
        {"host": "/nowhere"},
        {"user": "web"},
        {"dbname": "prefect", "user": "server"},
    ],
    ids=str,
)
def test_a_ledger_that_is_away_or_wrong_is_told_without_anybodys_data(here: Rig, end: dict[str, str]) -> None:
    where = {"host": here.server.host, "port": here.server.port, "dbname": here.server.name, "user": "worker"}
    ledger = Ledger(**where | end)
    with pytest.raises(LedgerError) as error:
        ledger.enrol(SPRING, LEAD, [], uuid4(), NOW)
    ledger.close()
    assert str(error.value).startswith("could not enrol a lead: Postgres answered ")
    _without_anna(error.value)


def test_a_row_that_postgres_refuses_is_not_repeated(here: Rig) -> None:
    too_late = replace(LEAD, timezone="\x00", answers={"email": EMAIL, "first_name": "Anna"})
    with pytest.raises(LedgerError) as error:
        here.desk.ledger.enrol(SPRING, too_late, [], uuid4(), NOW)
    _without_anna(error.value)


def test_answers_that_do_not_fit_are_not_repeated() -> None:
    christmas = read_campaigns()["christmas"]
    with pytest.raises(Refused) as error:
        Answers(christmas).check({"email": f"{EMAIL} ", "first_name": 7, "business_name": ["Anna"]})
    _without_anna(error.value)


@pytest.mark.parametrize(
    "verdict", [judge(500), judge(401), judge(422), judge(None), judge(429, EMAIL)], ids=str
)
def test_no_reason_names_a_person(here: Rig, verdict: Any) -> None:
    here.enrol()
    here.provider.will(verdict)
    _, reasons = send_all(here.desk)
    [(kept,)] = here.rows("SELECT reason FROM message WHERE step = 1")
    assert kept
    assert "anna" not in " ".join([kept, *reasons]).lower()


def test_no_reason_of_an_unwritable_mail_names_a_person(opened: Callable[..., Rig]) -> None:
    here = opened()
    broken = parse("one", "spring/mails/one.md", b"---\nsubject: x\n---\n{{ first_name / 2 }}")
    templates = {"spring": {**here.desk.templates["spring"], "one": broken}}
    delivered = deliver_first(here.enrol().id, replace(here.desk, templates=templates))
    assert delivered.state == "held"
    assert "anna" not in str(delivered.reason).lower()


def test_the_link_under_a_mail_names_nobody(here: Rig) -> None:
    link = here.desk.unsubscribe_url(here.enrol().contact_id, "spring")
    assert link.startswith("https://localhost/unsubscribe/")
    assert "anna" not in link.lower()


def test_the_christmas_flow_has_the_websites_fourteen_parameters() -> None:
    christmas = read_campaigns()["christmas"]
    flow = signup_flow(christmas)
    schema = flow.parameters
    assert flow.name == "christmas-signup-handler"
    assert list(schema.properties) == list(christmas.parameters)
    assert len(schema.properties) == 14
    assert schema.required == [
        "email", "first_name", "business_name", "assessment_score",
        "red_systems", "orange_systems", "yellow_systems", "green_systems",
    ]  # fmt: skip


def test_prefect_does_not_judge_the_answers_for_it_would_log_them() -> None:
    assert not signup_flow(SPRING).should_validate_parameters
    assert signup_flow(SPRING).persist_result is False


def _without_anna(error: BaseException | None) -> None:
    while error is not None:
        assert "anna" not in f"{error} {error.__notes__ if hasattr(error, '__notes__') else ''}".lower()
        assert error.__suppress_context__ or error.__context__ is None
        error = error.__cause__


def test_pauses_are_named_by_their_reason(here: Rig) -> None:
    first, second = here.enrol(), here.enrol("ben@lead.example")
    here.provider.will(judge(401))
    deliver_first(first.id, here.desk)
    waits = deliver_first(second.id, here.desk)
    assert (waits.state, waits.reason) == ("waiting", judge(401).reason)
    assert waits.again_at == NOW + timedelta(minutes=15)
