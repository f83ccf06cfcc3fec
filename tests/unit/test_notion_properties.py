"""How a record is written into Notion's properties, and what is said of a database that does not fit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from flows.adapters.notion_properties import PROPERTIES, faults, written
from tests.stand_ins.samples import RECORD

GOOD = {name: kind for name, (kind, _) in PROPERTIES.items()}


@pytest.mark.parametrize(
    ("changes", "name", "value"),
    [
        ({"business": ""}, "Business", {"rich_text": []}),
        ({"business": None}, "Business", {"rich_text": []}),
        ({"business": "x" * 2001}, "Business", {"rich_text": [{"text": {"content": "x" * 2000}}]}),
        ({"name": None}, "Name", {"title": []}),
        ({"score": None}, "Score", {"number": None}),
        ({"next_send": None}, "Next send", {"date": None}),
        ({"segment": "A,B"}, "Segment", {"select": {"name": "A B"}}),
        ({"segment": "x" * 101}, "Segment", {"select": {"name": "x" * 100}}),
    ],
)
def test_what_is_absent_is_null_and_what_is_long_is_cut(
    changes: dict[str, Any], name: str, value: object
) -> None:
    assert written(replace(RECORD, **changes))[name] == value


def test_what_the_ledger_has_cleared_stays_on_the_page() -> None:
    cleared = replace(RECORD, name=None, business=None, score=None, cleared=True)
    assert written(RECORD).keys() - written(cleared).keys() == {"Name", "Business", "Score"}


def test_a_database_that_fits_has_no_faults() -> None:
    assert faults({**GOOD, "Notes": "rich_text"}) == []


def test_an_empty_database_misses_every_property() -> None:
    assert len(faults({})) == len(PROPERTIES)
