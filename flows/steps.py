"""The steps of a signup as Prefect tasks: they carry policy. Nothing is cached, for the ledger decides what is done."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, ParamSpec, TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from prefect import Task, get_run_logger, task
from prefect.cache_policies import NO_CACHE

from flows.delivery import Delivered, deliver_first
from flows.domain.answers import Answers
from flows.domain.campaign import Campaign
from flows.domain.lead import Enrolment, Lead, qualified
from flows.domain.sequence import plan
from flows.mirroring import mirror_one
from flows.previews import show, show_notice
from flows.telling import tell_of_lead
from flows.wiring import desk, teller

P = ParamSpec("P")
R = TypeVar("R")


def step(function: Callable[P, R]) -> Task[P, R]:
    """A task that may be repeated, so that a ledger that is away while Postgres starts again does not fail a signup."""
    policy = task(retries=4, retry_delay_seconds=[1, 5, 10, 20], cache_policy=NO_CACHE, persist_result=False)
    return policy(function)


def qualify(form: Answers, answers: Mapping[str, Any]) -> Lead:
    """What the person said, checked and cleaned, and the segment that follows from it.

    Raises:
        Refused: the answers do not fit the campaign, which only a run made by hand can have.
    """
    return qualified(form, answers, desk().settings.timezone)


@step
def enrol(campaign_name: str, lead: Lead, signup: UUID) -> Enrolment:
    """The person, their place in the campaign and every mail of its sequence, in one transaction.

    By name: Prefect looks through all that a task is given, for futures.
    """
    campaign, now = desk().campaigns[campaign_name], desk().clock()
    mails = plan(campaign, lead.segment, now, ZoneInfo(lead.timezone))
    enrolment = desk().ledger.enrol(campaign, lead, mails, signup, now)
    get_run_logger().info("%s: %s", lead.segment, "enrolled" if enrolment.new else "was enrolled before")
    return enrolment


@step
def send_first_mail(enrolment: Enrolment) -> Delivered:
    """Mail 1, unless it is due later; with a double opt-in the mail that asks."""
    delivered = deliver_first(enrolment.id, desk())
    name = "the mail that asks" if enrolment.waits_for else "mail 1"
    get_run_logger().info("%s: %s", name, " · ".join(filter(None, [delivered.state, delivered.reason])))
    if delivered.reason == "preview" and delivered.letter and delivered.body:
        show(delivered.letter, delivered.body)
    return delivered


def mirror(enrolment: Enrolment) -> str | None:
    """The record in Notion. Returns why it is behind; None if it is up to date or there is no mirror.

    Without a mirror it is no task: nobody would look at it, and a task is a tenth of what a run costs.
    """
    if desk().settings.notion_token is None:
        return mirror_one(enrolment.id, desk())
    return write_record(enrolment)


@step
def write_record(enrolment: Enrolment) -> str | None:
    """The record in Notion, as the ledger knows it now. Returns why it is behind; None if it is up to date."""
    failure = mirror_one(enrolment.id, desk())
    if failure:
        get_run_logger().warning("Notion: %s", failure)
    return failure


def tell_operator(campaign: Campaign, lead: Lead, enrolment: Enrolment) -> None:
    """The notice of a lead for whom the campaign has one. Whatever goes wrong, the next look-out tells it."""
    if lead.segment not in campaign.notify:
        return
    told, failure = tell_of_lead(teller(), enrolment.id)
    if failure:
        get_run_logger().warning("the operator hears of this lead later: %s", failure)
    for one in told:
        get_run_logger().info("notice by %s: %s", one.notice.channel, one.reason or one.state)
        if one.body:
            show_notice(one.notice, one.body)
