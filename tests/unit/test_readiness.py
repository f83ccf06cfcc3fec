"""What must be filled in before real mail may leave."""

from __future__ import annotations

from typing import Any

import pytest

from flows.domain.campaign import Campaign
from flows.domain.readiness import reasons_not_to_send
from flows.settings import Settings
from tests.desk import campaign

WHO = {"mail_from": "Anna <anna@galatek.example>", "postal_address": "Street 1, 12345 Town"}
OPEN = campaign(values={"offer": "<what you offer>", "booking_link": "https://example.com", "currency": "€"})


@pytest.mark.parametrize(
    ("settings", "entered", "missing"),
    [
        (WHO, campaign(), []),
        (WHO, OPEN, ["spring/campaign.yaml:1: `offer`"]),
        (WHO | {"mail_from": None}, campaign(), ["MAIL_FROM"]),
        (WHO | {"postal_address": None}, campaign(), ["POSTAL_ADDRESS"]),
        ({}, OPEN, ["spring/campaign.yaml:1: `offer`", "MAIL_FROM", "POSTAL_ADDRESS"]),
    ],
)
def test_each_thing_that_is_missing_is_named(
    settings: dict[str, Any], entered: Campaign, missing: list[str]
) -> None:
    reasons = reasons_not_to_send(Settings(**settings), entered)
    assert len(reasons) == len(missing)
    assert all(reason.startswith(name) for reason, name in zip(reasons, missing, strict=True))
