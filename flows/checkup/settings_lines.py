"""Settings and campaigns: what the law and the mail providers want to be filled in."""

from __future__ import annotations

from collections.abc import Iterator

from flows.desk import Desk
from flows.domain.check import problems
from flows.domain.finding import Finding, fail, off, ok


def look(desk: Desk) -> Iterator[Finding]:
    found = desk.settings
    yield ok("settings", "preview: no mail leaves" if found.preview else "real mail")
    if found.preview:
        yield off("sender", "preview: nothing is sent")
        yield off("postal address", "preview: nothing is sent")
    else:
        yield _set("sender", found.mail_from, "MAIL_FROM", "the mails need a sender")
        yield _set(
            "postal address", found.postal_address, "POSTAL_ADDRESS", "the law wants it under every mail"
        )
    yield (
        ok("operator", f"alerts go to {found.operator_email}")
        if found.operator_email
        else off("operator", "OPERATOR_EMAIL is not set: alerts stay in the log and in campaigns status")
    )
    yield from _campaigns(desk)


def _set(line: str, value: str | None, name: str, why: str) -> Finding:
    if value:
        return ok(line, value, demanded=True)
    return fail(line, f"{name} is not set; {why}", f"Set {name} in .env, then make up", demanded=True)


def _campaigns(desk: Desk) -> Iterator[Finding]:
    for name, campaign in desk.campaigns.items():
        found = problems(campaign, desk.templates[name], desk.layout)
        unfilled = campaign.placeholders
        if found:
            yield fail(f"campaign {name}", f"{len(found)} problems", "campaigns check names each")
        elif unfilled and not desk.settings.preview:
            said = f"{', '.join(unfilled)} in campaign.yaml: still a placeholder"
            yield fail(f"campaign {name}", said, "Write the real value, then make up", demanded=True)
        else:
            more = "; placeholders to fill in before real mail" if unfilled else ""
            yield ok(f"campaign {name}", f"version {campaign.version}, {len(campaign.steps)} mails{more}")
