"""Notion: whether records can be written, and with `--fix` the properties that are missing."""

from __future__ import annotations

from collections.abc import Iterator

from flows.adapters.notion import NotionAway, NotionRefused
from flows.adapters.notion_office import NotionOffice
from flows.domain.finding import Finding, fail, off, ok, warn


def look(office: NotionOffice | None, *, fix: bool) -> Iterator[Finding]:
    if office is None:
        yield off("Notion", "NOTION_TOKEN is not set: no record is kept there")
        return
    try:
        mended = office.mend() if fix else []
        wrong = office.problems()
    except NotionAway as away:
        yield warn("Notion", str(away), "Records catch up by themselves")
    except NotionRefused as refusal:
        yield fail("Notion", str(refusal))
    else:
        more = f"; added or renamed: {', '.join(mended)}" if mended else ""
        yield from (fail("Notion", problem, _advice(problem)) for problem in wrong)
        if not wrong:
            yield ok("Notion", f"the database has every property{more}")


def _advice(problem: str) -> str:
    """`--fix` changes no type: that could lose what stands there."""
    return "" if "is of type" in problem else "campaigns doctor --fix does it"
