"""A desk of parts that a test holds in its hands: a clock to turn, a provider and a mirror that remember."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from flows.adapters.language_files import read_languages
from flows.adapters.postgres import Ledger
from flows.desk import Desk
from flows.domain.campaign import Campaign
from flows.domain.lead import Enrolment, Lead
from flows.domain.record import Record
from flows.domain.sequence import plan
from flows.domain.template import Template, parse
from flows.domain.verdict import Action, Answer, Verdict, judge
from flows.send_due import send_all
from flows.settings import Settings
from tests import conftest

#: A Tuesday, 10:30 in Berlin: the window of most campaigns is open.
NOW = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
EMAIL = "anna@lead.example"

_LAYOUT = "<mjml><mj-body><mj-section><mj-column><mj-text>{{ body }}</mj-text></mj-column></mj-section></mj-body></mjml>"
_SPRING: dict[str, Any] = {
    "name": "spring", "flow": "spring-signup", "title": "Spring", "version": 3,
    "parameters": {"email": {"type": "string", "format": "email"}, "first_name": {"type": "string"}},
    "segments": {"ALL": True},
    "steps": [
        {"mail": "one", "after": 0},
        {"mail": "two", "after": "1d"},
        {"mail": "three", "after": "3d"},
        {"mail": "four", "after": "5d", "expires": "2d"},
    ],
    "values": {"signature": "Galatek", "reason": "You asked.", "unsubscribe": "Stop"},
}  # fmt: skip


def campaign(**changes: Any) -> Campaign:
    """A small campaign of four mails, with these changes."""
    return Campaign.model_validate(_SPRING | changes)


@dataclass
class Clock:
    """Time as the test wants it. Sleeping moves it on, so nothing ever waits."""

    now: datetime = NOW

    def __call__(self) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)

    def sleep(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError("nobody can sleep for less than no time")  # as time.sleep has it
        self.now += timedelta(seconds=seconds)


class Killed(BaseException):
    """The process is gone in the middle of what it did."""


@dataclass(frozen=True)
class Reply:
    """How the provider answers one attempt; `taken` if the mail leaves whatever the answer says."""

    verdict: Verdict | None  # None: whoever asked dies before the answer
    taken: bool = False


@dataclass(frozen=True)
class Attempt:
    """One call of the provider: under which key, which bytes, when."""

    key: str
    body: str
    at: datetime

    @property
    def step(self) -> int:
        return int(next(tag["value"] for tag in json.loads(self.body)["tags"] if tag["name"] == "step"))

    @property
    def to(self) -> str:
        return str(json.loads(self.body)["to"][0])


@dataclass
class Provider:
    """Takes mail like Resend: once for each key, while it remembers the key, which is 24 hours.

    Every mail is accepted, unless `will` said otherwise for the next ones. `meanwhile` happens during an attempt.
    """

    clock: Callable[[], datetime]
    replies: list[Reply] = field(default_factory=list)
    attempts: list[Attempt] = field(default_factory=list)
    sent: list[Attempt] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None

    def will(self, *replies: Reply | Verdict) -> None:
        self.replies += [reply if isinstance(reply, Reply) else Reply(reply) for reply in replies]

    def send(self, rendered: Mapping[str, Any], key: str) -> Answer:
        attempt = Attempt(key, json.dumps(rendered, sort_keys=True), self.clock())
        self.attempts.append(attempt)
        self.meanwhile()
        reply = self.replies.pop(0) if self.replies else Reply(judge(200))
        if reply.verdict is not None and reply.verdict.action is Action.SENT:
            return self._take(attempt)
        if reply.taken:
            self._take(attempt)
        if reply.verdict is None:
            raise Killed
        return Answer(reply.verdict)

    def _take(self, attempt: Attempt) -> Answer:
        day = attempt.at - timedelta(hours=24)
        known = next((one for one in self.sent if one.key == attempt.key and one.at > day), None)
        if known and known.body != attempt.body:
            return Answer(judge(409, "invalid_idempotent_request"))
        if not known:
            self.sent.append(attempt)
        return Answer(judge(200), f"mail-{attempt.key}")


@dataclass
class Wall:
    """A mirror that shows the last record of each enrolment; `failures` come first, to whatever is asked.

    `words` are the stop values that a person has set there, by the record's key.
    """

    shown: dict[str, Record] = field(default_factory=dict)
    failures: list[Exception] = field(default_factory=list)
    words: dict[str, str] = field(default_factory=dict)

    def problems(self) -> list[str]:
        return []

    def stop_word(self, page_id: str) -> str | None:
        self._fail()
        return self.words.get(page_id.removeprefix("page-"))

    def stopped(self) -> list[tuple[str, str]]:
        self._fail()
        return list(self.words.items())

    def ended(self) -> list[tuple[str, str]]:
        self._fail()
        return list(self.words.items())

    def unsubscribed(self) -> list[str]:
        self._fail()
        return [key for key, record in self.shown.items() if record.unsubscribed]

    def upsert(self, record: Record, page_id: str | None = None) -> str | None:
        self._fail()
        self.shown[record.key] = record
        return page_id or f"page-{record.key}"

    def _fail(self) -> None:
        if self.failures:
            raise self.failures.pop(0)


@dataclass(frozen=True)
class Rig:
    """A desk, the parts of it that a test looks at, and the server that its ledger is on."""

    desk: Desk
    clock: Clock
    provider: Provider
    wall: Wall
    server: conftest.Ledger

    def enrol(self, email: str = EMAIL, name: str = "spring", signup: UUID | None = None) -> Enrolment:
        """A person signs up now; nothing is sent yet."""
        entered, now = self.desk.campaigns[name], self.clock()
        zone = self.desk.settings.timezone
        lead = Lead(email=email, segment="ALL", timezone=zone, answers={"email": email, "first_name": "Anna"})
        mails = plan(entered, lead.segment, now, ZoneInfo(zone))
        return self.desk.ledger.enrol(entered, lead, mails, signup or uuid4(), now)

    def confirm(self, enrolment: UUID) -> str:
        """The person presses the button of the mail that asked, as the public service does it."""
        with self.server.connect("web") as connection:
            row = connection.execute("SELECT confirm(%s, 'Yes', %s)", (enrolment, self.clock())).fetchone()
        assert row
        return str(row[0])

    def look(self) -> None:
        """What the server does at each look with those who were asked and have not answered."""
        with self.server.connect("server") as connection:
            connection.execute("SELECT end_unconfirmed(%s)", (self.clock(),))

    def stop(self, contact: UUID, source: str = "page") -> None:
        """The person says stop, as the public service does it."""
        with self.server.connect("web") as connection:
            connection.execute("SELECT stop(%s, %s, %s)", (contact, source, self.clock()))

    def choose_weekly(self, contact: UUID, *, weekly: bool = True) -> None:
        """The person asks for at most one mail a week, or takes it back, as the public service does it."""
        with self.server.connect("web") as connection:
            connection.execute("SELECT choose_weekly(%s, %s, %s)", (contact, weekly, self.clock()))

    def leave_series(self, contact: UUID, campaign: str) -> None:
        """The person stops one campaign and no other, as the public service does it."""
        with self.server.connect("web") as connection:
            connection.execute("SELECT leave_series(%s, %s, %s)", (contact, campaign, self.clock()))

    def rows(self, query: str, *values: Any) -> list[tuple[Any, ...]]:
        with self.server.connect("worker") as connection:
            return connection.execute(query, values).fetchall()  # type: ignore[call-overload,no-any-return]

    def messages(self, enrolment: Enrolment) -> list[tuple[int, str, str | None]]:
        """Step, state and reason of each mail."""
        query = "SELECT step, state::text, reason FROM message WHERE enrolment_id = %s ORDER BY step"
        return self.rows(query, enrolment.id)

    def play_out(self, looks: int = 100) -> None:
        """From one moment to the next at which something is to be done, until there is none, so many times at most."""
        for _ in range(looks):
            if (moment := self.next_moment()) is None:
                return
            self.clock.now = max(self.clock.now, moment)
            send_all(self.desk)

    def next_moment(self) -> datetime | None:
        """When something is to be done again, if ever."""
        [(moment,)] = self.rows(
            "SELECT min(at) FROM (SELECT DISTINCT ON (enrolment_id) greatest(due_at, next_attempt_at) AS at FROM message "
            "WHERE state IN ('scheduled', 'sending') ORDER BY enrolment_id, step) AS next"
        )
        return moment  # type: ignore[no-any-return]

    def close(self) -> None:
        self.desk.ledger.close()


def rig(
    server: conftest.Ledger,
    *campaigns: Campaign,
    clock: Clock | None = None,
    provider: Provider | None = None,
    wall: Wall | None = None,
    **settings: Any,
) -> Rig:
    """A rig on this ledger, ready to send real mail unless the settings say otherwise."""
    clock = clock or Clock()
    provider, wall = provider or Provider(clock), wall or Wall()
    found = {entered.name: entered for entered in campaigns or [campaign()]}
    desk = Desk(
        settings=_settings(settings),
        campaigns=found,
        templates={name: _templates(entered) for name, entered in found.items()},
        layout=_LAYOUT,
        languages=read_languages(),
        ledger=Ledger(host=server.host, port=server.port, dbname=server.name, user="worker"),
        mailer=provider,
        mirror=wall,
        clock=clock,
        sleep=clock.sleep,
    )
    return Rig(desk, clock, provider, wall, server)


def _settings(changes: Mapping[str, Any]) -> Settings:
    ready = {"resend_api_key": "re_test", "mail_from": "Galatek <hello@galatek.example>", "resend_per_second": 1000,
             "postal_address": "Galatek, Street 1, 12345 Town", "link_key": "k" * 32}  # fmt: skip
    return Settings(**ready | changes)


def _templates(entered: Campaign) -> dict[str, Template]:
    return {step.mail: _template(step.mail, number) for number, step in entered.numbered.items()}


def _template(mail: str, number: int) -> Template:
    link = "" if number else " [Yes]({{ confirm_url }})"
    source = f"---\nsubject: Mail {mail}\n---\nGood day, {{{{ first_name }}}}.{link}"
    return parse(mail, f"spring/mails/{mail}.md", source.encode())
