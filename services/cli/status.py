"""`status`: how the whole goes, in figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from rich.console import Console
from rich.table import Table

from flows import settings, wiring
from flows.adapters.figures import Behind, Figures, Limited, Mail, Pause, People, Soon
from flows.adapters.office import Held
from flows.adapters.strays import Stray
from flows.domain.alert import Open
from services.cli.options import Json, clock, print_json

_COLUMNS = (
    "sent",
    "delivered",
    "bounced",
    "complained",
    "stopped",
    "waiting",
    "held",
    "failed",
    "skipped",
    "previewed",
)


def status(*, as_json: Json = False) -> None:
    """How each campaign goes, mail by mail; what leaves within a day, what is held, what stands still and why.

    `stopped` counts the people for whom a mail was the last one before their stop.

    Example: campaigns status
    """
    found = settings.load()
    desk = wiring.build(found)
    now = wiring.utc_now()
    flows = {campaign.flow: name for name, campaign in desk.campaigns.items()}
    figures = wiring.figures(found)
    seen = _seen(figures, flows, now) | {
        "held": wiring.office(found).held(),
        "alerts": wiring.notices(found).open_alerts(),
        "untold": wiring.notices(found).untold(),
        "strays": wiring.strays(found).strays(flows, now),
        "preview": found.preview,
        "notion": found.notion_token is not None,
    }
    if as_json:
        print_json(seen)
        return
    _show_campaigns(seen["campaigns"], seen["mails"])
    print("\n".join(_rest(seen, found.timezone)))


def _seen(figures: Figures, flows: Mapping[str, str], now: datetime) -> dict[str, Any]:
    return {
        "at": now,
        "campaigns": figures.people(flows),
        "mails": figures.mails(),
        "soon": figures.soon(now),
        "mirror": figures.unmirrored(),
        "pauses": figures.pauses(now),
        "waiting_signups": figures.waiting(),
        "limited": figures.limited(now),
    }


def _show_campaigns(campaigns: Mapping[str, People], mails: list[Mail]) -> None:
    console = Console(width=120)
    for name, people in campaigns.items():
        print(f"{name}: {_people(people)}")
        if own := [mail for mail in mails if mail.campaign == name]:
            console.print(_table(own))


def _people(people: People) -> str:
    reasons = ", ".join(f"{count} {reason}" for reason, count in sorted(people.stopped.items()))
    stopped = f"{sum(people.stopped.values())} stopped{f' ({reasons})' if reasons else ''}"
    asked = f"{people.unconfirmed} waiting for confirmation, " if people.unconfirmed else ""
    return (
        f"{people.signups} signups, {people.enrolled} people: {asked}"
        f"{people.under_way} under way, {people.finished} finished, {stopped}"
    )


def _table(mails: list[Mail]) -> Table:
    """Columns in which nothing stands are left out, but the first three."""
    shown = [name for at, name in enumerate(_COLUMNS) if at < 3 or any(getattr(m, name) for m in mails)]  # noqa: PLR2004
    table = Table(box=None, pad_edge=True, header_style="")
    table.add_column("mail")
    for name in shown:
        table.add_column(name, justify="right")
    for mail in mails:
        table.add_row(f"{mail.step} {mail.mail}", *(str(getattr(mail, name)) for name in shown))
    return table


def _rest(seen: Mapping[str, Any], zone: str) -> Iterator[str]:
    yield "Preview: RESEND_API_KEY is not set, and no mail leaves." if seen["preview"] else "Real mail."
    yield from _soon(seen["soon"], zone)
    yield from _limited(seen["limited"])
    yield from _held(seen["held"])
    yield from _signups(seen["waiting_signups"], seen["strays"])
    yield from (
        _mirror(seen["mirror"], zone) if seen["notion"] else ("NOTION_TOKEN is not set: there is no mirror.",)
    )
    yield from _pauses(seen["pauses"], zone)
    yield from _alerts(seen["alerts"], seen["untold"], zone)


def _soon(soon: list[Soon], zone: str) -> Iterator[str]:
    yield f"Within 24 hours: {sum(one.count for one in soon) or 'nothing'}{':' if soon else '.'}"
    for one in soon:
        yield f"  {one.count} × {one.campaign}, {one.mail}, from {clock(one.first_at, zone)}"


def _limited(limited: Limited) -> Iterator[str]:
    if limited.weekly:
        yield f"At most one mail a week, as they asked: {limited.weekly} people."
    if limited.waiting:
        yield f"Waiting because their person had enough mail this week: {limited.waiting}."


def _held(held: list[Held]) -> Iterator[str]:
    yield f"Held for a person: {len(held) or 'nothing'}{'. See campaigns held.' if held else '.'}"


def _signups(waiting: int, strays: list[Stray]) -> Iterator[str]:
    if waiting:
        yield f"Signups that wait to be handed to Prefect: {waiting}."
    if strays:
        yield f"Signups whose run has enrolled nobody: {len(strays)}. See campaigns retry."


def _mirror(behind: Behind, zone: str) -> Iterator[str]:
    since = f", the longest since {clock(behind.since, zone)}" if behind.since else ""
    yield f"Notion is behind with {behind.count or 'nothing'}{since}."
    for failure, count in behind.failures.items():
        yield f"  {count}: {failure}"


def _pauses(pauses: list[Pause], zone: str) -> Iterator[str]:
    for pause in pauses:
        until = f"until {clock(pause.until, zone)}" if pause.until else "until a person acts"
        yield f"{pause.provider} is paused {until}: {pause.reason}"


def _alerts(alerts: list[Open], untold: list[dict[str, Any]], zone: str) -> Iterator[str]:
    yield f"Alerts: {len(alerts) or 'none'}{':' if alerts else '.'}"
    for alert in alerts:
        yield f"  {alert.line}, since {clock(alert.began_at, zone)}: {alert.said}. {alert.remedy}."
    for one in untold:
        why = f": {one['reason']}" if one["reason"] else ""
        yield f"  {one['count']} × {one['kind']} by {one['channel']} {one['state']}{why}"
