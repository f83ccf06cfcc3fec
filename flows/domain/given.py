"""The consent that comes with a signup: which wording the person saw and agreed to, checked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from flows.domain.agreement import CONSENT
from flows.domain.answers import Problem, Refused
from flows.domain.campaign import Campaign
from flows.domain.consent import Consent

#: Characters that the address of a page may have.
LONGEST_PAGE = 500

_YEARS = range(2000, 2200)
#: Everything before the query and the fragment, which can name a person.
_PAGE = re.compile(r"(https?://[!-~]+?)([?#][!-~]*)?")


@dataclass(frozen=True, kw_only=True)
class Given:
    """What was agreed to. `told_at` and `page` are the website's own word, if it gave any.

    Of the page's address neither query nor fragment is kept.
    """

    wording: str
    words: str
    told_at: datetime | None = None
    page: str | None = None


def parted(campaign: Campaign, sent: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The campaign's own parameters, and what was sent of the consent. Without a `consent` all of it is the first."""
    mine = CONSENT if campaign.consent else ()
    rest = {name: value for name, value in sent.items() if name not in mine}
    return rest, {name: sent[name] for name in mine if sent.get(name) is not None}


def given(campaign: Campaign, said: Mapping[str, Any]) -> Given | None:
    """The consent that was sent with a signup; None if there was none and none is needed.

    Args:
        said: the second part of `parted`.

    Raises:
        Refused: it is needed and missing, or something of it is not as it has to be.
    """
    asked = campaign.consent
    problems = list(_problems(asked, said)) if asked else []
    if problems:
        raise Refused(problems)
    if asked is None or "consent" not in said:
        return None
    wording, at, page = (said.get(name) for name in CONSENT)
    return Given(
        wording=str(wording),
        words=asked.wordings[str(wording)],
        told_at=_moment(at) if at else None,
        page=found[1] if page and (found := _PAGE.fullmatch(page)) else None,
    )


def _problems(asked: Consent, said: Mapping[str, Any]) -> list[Problem]:
    found = [_wording(asked, said), _time(said.get("consent_at")), _page(said.get("consent_page"))]
    return [problem for problem in found if problem]


def _wording(asked: Consent, said: Mapping[str, Any]) -> Problem | None:
    known = f"one of: {', '.join(asked.wordings)}"
    if "consent" not in said:
        if not (asked.required or said):
            return None
        return _problem(
            "consent", f"send the id of the wording that the person agreed to, {known}", "missing"
        )
    if said["consent"] not in [*asked.wordings]:  # it may be anything, a list too
        return _problem(
            "consent", f"no wording has this id; send the one that the form showed, {known}", "wording"
        )
    return None


def _time(sent: object) -> Problem | None:
    if sent is None or (isinstance(sent, str) and _moment(sent)):
        return None
    return _problem("consent_at", "write a time with its zone, such as 2026-11-25T10:00:00Z", "time")


def _moment(text: str) -> datetime | None:
    """In UTC; None for what is no time, or one that no clock shows."""
    try:
        found = datetime.fromisoformat(text)
        return found.astimezone(UTC) if found.tzinfo and found.year in _YEARS else None
    except ValueError:
        return None


def _page(sent: object) -> Problem | None:
    if sent is None or (isinstance(sent, str) and len(sent) <= LONGEST_PAGE and _PAGE.fullmatch(sent)):
        return None
    return _problem(
        "consent_page", f"write the page's address, https://…, at most {LONGEST_PAGE} characters", "page"
    )


def _problem(name: str, msg: str, kind: str) -> Problem:
    return {"loc": [name], "msg": msg, "type": f"consent_{kind}"}
