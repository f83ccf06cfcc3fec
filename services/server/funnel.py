"""The funnel as a page for the operator: one file of HTML and CSS that loads nothing and changes nothing."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from flows.adapters.figures import Mail, Pause
from flows.adapters.outlook import Hour, Standing
from flows.overview import Overview

#: Columns that are left out where nothing stands in them.
_MORE = ("waiting", "held", "failed", "skipped", "previewed")
#: So many ids stand in a command that is shown whole; the ledger gives some of each kind.
_FEW = 3
#: A share in percent from which on, and up to which, a decimal says more than none.
_SMALL, _LARGE = 10, 99

_HERE = Path(__file__).parent
_STYLE = (_HERE / "funnel.css").read_text("utf-8")
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

#: Nothing but the page's own style: no script, no form, no frame, no address elsewhere.
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_HASH}'; img-src data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
}


def page(seen: Overview, zone: str, now: datetime) -> str:
    """The page as of a reading; times by the clock of this zone."""
    hours = [(at, list(which)) for at, which in groupby(seen.hours, key=lambda hour: hour.at)]
    return _PAGE.render(
        seen=seen, held=_by_reason(seen.held), few=_FEW, zone=zone, age=round((now - seen.at).total_seconds()), hours=hours, busiest=_busiest(hours),
        pauses={pause.provider: pause for pause in seen.pauses},
        clock=_Clock(zone), paused=lambda pause: _paused(pause, _Clock(zone)),
    )  # fmt: skip


def away(reason: str) -> str:
    """The page when there is nothing to read from."""
    return _PAGE.render(seen=None, reason=reason)


def _by_reason(held: Sequence[Standing]) -> list[tuple[str, list[Standing]]]:
    """The reason of most mails first: what one act mends stands together."""
    reasons = {one.reason: [other for other in held if other.reason == one.reason] for one in held}
    return sorted(reasons.items(), key=lambda entry: -sum(one.count for one in entry[1]))


class _Clock:
    """Moments as a person reads them, by the clock of a zone."""

    def __init__(self, zone: str) -> None:
        self._zone = ZoneInfo(zone)

    def __call__(self, moment: datetime, shape: str = "%a %d %b, %H:%M") -> str:
        return moment.astimezone(self._zone).strftime(shape)


def _busiest(hours: Sequence[tuple[datetime, Sequence[Hour]]]) -> int:
    return max((sum(one.count for one in which) for _, which in hours), default=0)


def _paused(pause: Pause, clock: _Clock) -> Markup:
    if pause.until:
        said = Markup("<span class='wait'>Paused</span> until {}: {}")
        return said.format(clock(pause.until), pause.reason)
    said = Markup(
        "<span class='bad'>Stopped</span> until a person acts: {} "
        "<code>docker compose exec worker campaigns doctor</code>"
    )
    return said.format(pause.reason)


def number(count: int) -> str:
    """`12 345`, with a narrow space that does not break."""
    return f"{count:,}".replace(",", "\u202f")


def share(part: int, whole: int) -> str:
    """In percent, as exact as it has to be: one complaint among a thousand is news, and 99.97 % is not all."""
    percent = 100 * part / whole
    if percent < 1:
        return f"{percent:.2f}\u202f%"
    if percent < _SMALL or _LARGE < percent < 100:  # noqa: PLR2004 (percent)
        return f"{int(percent * 10) / 10:.1f}\u202f%"
    return f"{percent:.0f}\u202f%"


def _width(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f}%" if whole else "0"


def _shown(mails: Sequence[Mail]) -> list[str]:
    return [name for name in _MORE if any(getattr(mail, name) for mail in mails)]


def _environment() -> Environment:
    made = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    made.globals |= {
        "number": number,
        "share": share,
        "width": _width,
        "shown": _shown,
        "style": Markup(_STYLE),  # noqa: S704 (our own file)
    }
    return made


_PAGE = _environment().from_string((_HERE / "funnel.html").read_text("utf-8"))
