"""`schema`: the JSON Schema of `campaign.yaml`."""

from __future__ import annotations

import json

from flows.domain.campaign import Campaign
from flows.domain.schema import campaign_schema


def schema() -> None:
    """The JSON Schema of campaign.yaml, by which an editor completes keys and marks what is wrong.

    Example: campaigns schema > flows/campaigns/campaign.schema.json
    """
    print(written())


def written() -> str:
    """The schema as it is kept beside the campaigns."""
    return json.dumps(campaign_schema(Campaign), indent=2, ensure_ascii=False)
