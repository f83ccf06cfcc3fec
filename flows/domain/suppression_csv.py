"""The suppression list as CSV: a line for each address, taken over whole or not at all."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from flows.domain.address import deliverable

COLUMNS = ("email", "reason", "source", "created_at")

Row = tuple[str, str, str, datetime]


class BadList(ValueError):
    """The list cannot be taken over; `problems` has every line that is wrong, by its number."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(problems))


def read(text: str, now: datetime) -> list[Row]:
    """The rows of a CSV file whose first line names its columns: `email`, and optionally the others.

    Without a reason it is `imported`, without a time it is now.

    Raises:
        BadList: a line is wrong. Nothing of the list may be used.
    """
    lines = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), strict=True)
    if problem := _header_problem(lines.fieldnames or []):
        raise BadList([problem])
    rows: list[Row] = []
    problems: list[str] = []
    try:
        for line in lines:
            _read_line(lines.line_num, line, now, rows, problems)
    except csv.Error as error:
        problems.append(f"line {lines.line_num}: this is not CSV: {error}")
    if problems:
        raise BadList(problems)
    return rows


def write(rows: Iterable[Row]) -> str:
    """The list as CSV, as `read` takes it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows((email, reason, source, at.isoformat()) for email, reason, source, at in rows)
    return out.getvalue()


def _header_problem(names: Sequence[str]) -> str | None:
    if "email" not in names:
        return f"line 1: the first line has to name the columns, `email` among them: {','.join(COLUMNS)}"
    if unknown := [name for name in names if name not in COLUMNS]:
        return f"line 1: there is no column {', '.join(f'`{name}`' for name in unknown)}; known: {', '.join(COLUMNS)}"
    return None


def _read_line(
    number: int, line: dict[str, str], now: datetime, rows: list[Row], problems: list[str]
) -> None:
    if None in line or None in line.values():
        problems.append(f"line {number}: it has another number of fields than the first line")
        return
    try:
        email = deliverable(line["email"].strip())
        reason, source = line.get("reason") or "imported", line.get("source") or "import"
        rows.append((email, reason, source, _time(line.get("created_at"), now)))
    except ValueError as error:
        problems.append(f"line {number}: {error}")


def _time(text: str | None, now: datetime) -> datetime:
    if not text:
        return now
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("`created_at` is not a time such as 2026-12-01T09:00:00+01:00") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)
