"""The one place where settings become adapters."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from flows.adapters.campaign_files import CAMPAIGNS, read_campaigns, read_layout, read_templates
from flows.adapters.certificate import validity
from flows.adapters.figures import Figures
from flows.adapters.language_files import read_languages
from flows.adapters.ledger_health import LedgerHealth
from flows.adapters.notices import Notices
from flows.adapters.notion import NoMirror, Notion, connect
from flows.adapters.notion_office import NotionOffice
from flows.adapters.office import Office
from flows.adapters.people import People
from flows.adapters.plans import Plans
from flows.adapters.postgres import Ledger
from flows.adapters.resend import AT_A_TIME, Preview, Resend
from flows.adapters.resend_account import ResendAccount
from flows.adapters.strays import Strays
from flows.adapters.vitals import VitalSigns
from flows.adapters.webhook import Pulse, Webhook
from flows.checkup import certificate, house
from flows.desk import Desk
from flows.domain.record import Mirror
from flows.domain.verdict import Mailer
from flows.looking_out import Tower
from flows.settings import Settings, WrongSetting, load
from flows.telling import Teller


def utc_now() -> datetime:
    return datetime.now(UTC)


@cache
def desk() -> Desk:
    """The desk of this process, from its environment.

    Raises:
        WrongSetting: a setting is missing or not sound.
        UnsoundCampaign: a campaign's files are not.
    """
    return build(load())


@cache
def teller() -> Teller:
    """Whoever tells the operator, from this process' environment. Raises as `desk` does."""
    return telling(desk())


def telling(desk: Desk) -> Teller:
    """Whoever tells the operator, beside this desk."""
    hook = desk.settings.alert_webhook_url
    return Teller(
        desk=desk,
        notices=Notices.beside(desk.ledger),
        vitals=VitalSigns.beside(desk.ledger),
        figures=Figures.beside(desk.ledger),
        webhook=Webhook(hook.get_secret_value()) if hook else None,
    )


@cache
def tower() -> Tower:
    """Where the look-out of this process stands. Raises as `desk` does."""
    here = teller()
    pulse = here.desk.settings.heartbeat_url
    return Tower(
        teller=here,
        looks=[house.disk, lambda: certificate.look(here.desk.settings, validity, here.desk.clock())],
        pulse=Pulse(pulse.get_secret_value()) if pulse else None,
    )


def build(settings: Settings, directory: Path = CAMPAIGNS) -> Desk:
    """The real adapters that these settings ask for; the ledger connects when it is first used.

    Args:
        directory: where the campaigns are.
    """
    if settings.link_key is None:
        raise WrongSetting("LINK_KEY is not set: without it no mail can carry a link to stop")
    campaigns = read_campaigns(directory)
    return Desk(
        settings=settings,
        campaigns=campaigns,
        templates={name: read_templates(directory / name) for name in campaigns},
        layout=read_layout(directory),
        languages=read_languages(),
        ledger=Ledger(**conninfo(settings)),
        mailer=_mailer(settings),
        mirror=mirror(settings),
        clock=utc_now,
        sleep=time.sleep,
        at_a_time=AT_A_TIME,
    )


def conninfo(settings: Settings) -> dict[str, Any]:
    """Where the ledger is and who asks, in psycopg's words."""
    return settings.conninfo


def office(settings: Settings) -> Office:
    """The ledger for a person who decides something by hand."""
    return Office(**conninfo(settings))


def notices(settings: Settings) -> Notices:
    """The ledger for whoever tells the operator."""
    return Notices(**conninfo(settings))


def figures(settings: Settings) -> Figures:
    """The ledger for whoever wants to know how the whole goes."""
    return Figures(**conninfo(settings))


def people(settings: Settings) -> People:
    """The ledger for whoever wants to know everything of one person."""
    return People(**conninfo(settings))


def plans(settings: Settings) -> Plans:
    """The ledger for whoever changes what is planned for people."""
    return Plans(**conninfo(settings))


def strays(settings: Settings) -> Strays:
    """The ledger for whoever looks after signups that went astray."""
    return Strays(**conninfo(settings))


def ledger_health(settings: Settings) -> LedgerHealth:
    """The ledger for whoever looks whether all is well."""
    return LedgerHealth(**conninfo(settings))


def notion_office(settings: Settings) -> NotionOffice | None:
    """Notion as an operator's commands use it; None without an account."""
    if settings.notion_token is None or settings.notion_database_id is None:
        return None
    client = connect(settings.notion_token.get_secret_value(), settings.notion_api_url)
    return NotionOffice(client, settings.notion_database_id)


def resend_account(settings: Settings) -> ResendAccount | None:
    """Resend beside sending; None without an account."""
    if settings.resend_api_key is None:
        return None
    return ResendAccount(settings.resend_api_key.get_secret_value(), settings.resend_api_url)


def mirror(settings: Settings) -> Mirror:
    if settings.notion_token is None:
        return NoMirror()
    if settings.notion_database_id is None:
        raise WrongSetting(
            "NOTION_TOKEN is set, but NOTION_DATABASE_ID is not: which database shall it fill?"
        )
    client = connect(settings.notion_token.get_secret_value(), settings.notion_api_url)
    return Notion(client, settings.notion_database_id)


def _mailer(settings: Settings) -> Mailer:
    if settings.resend_api_key is None:
        return Preview()
    return Resend(settings.resend_api_key.get_secret_value(), settings.resend_api_url)
