"""The ids that the website has in its configuration: the same on every machine, for ever."""

from __future__ import annotations

from uuid import UUID

import pytest

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


@pytest.mark.parametrize(
    ("name", "flow", "deployment"),
    [
        ("no-show", "9888b497-7d05-575e-8462-84da02421f8a", "f5f086d3-653c-5426-ba1a-5819def1a90d"),
        ("post-call", "04731857-c4da-542d-a9de-d6921bb5561b", "c99f49df-bc23-5ab1-a405-522bc92cfaeb"),
        ("onboarding", "e7ee7f1d-94bf-5b87-9a35-2b93e5df24b0", "8687951e-1ff4-51d8-9587-bf265f83729b"),
    ],
)
def test_every_campaign_has_ids_of_its_own_for_ever(name: str, flow: str, deployment: str) -> None:
    campaign = read_campaigns()[name]
    assert (campaign.flow_id, campaign.deployment_id) == (UUID(flow), UUID(deployment))
