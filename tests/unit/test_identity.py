"""The ids that the website has in its configuration: the same on every machine, for ever."""

from __future__ import annotations

from uuid import UUID

from flows.adapters.campaign_files import read_campaigns
from flows.domain.identity import deployment_id, flow_id

FLOW = UUID("ec71b1c3-1cd0-5983-a9b2-19ad50aacc56")
DEPLOYMENT = UUID("819e36e0-fafd-5f39-96e8-2fed61cdb72b")


def test_the_christmas_flow_has_the_id_that_the_website_sends() -> None:
    assert flow_id("christmas-signup-handler") == FLOW
    assert deployment_id("christmas-signup-handler") == DEPLOYMENT


def test_the_christmas_campaign_is_that_flow() -> None:
    campaign = read_campaigns()["christmas"]
    assert (campaign.flow_id, campaign.deployment_id) == (FLOW, DEPLOYMENT)


def test_another_name_is_another_id() -> None:
    assert flow_id("spring-signup-handler") != FLOW
    assert deployment_id("spring-signup-handler") != DEPLOYMENT
