"""`openapi`: the description of the public routes."""

from __future__ import annotations

import json

from flows.adapters.campaign_files import read_campaigns
from flows.domain.public_api import public_api


def openapi() -> None:
    """The public routes as OpenAPI 3.1, for the campaigns that there are: every body and every answer.

    Example: campaigns openapi > docs/openapi.json
    """
    print(written())


def written() -> str:
    """The document as it is kept in the repository."""
    return json.dumps(public_api(read_campaigns().values()), indent=2, ensure_ascii=False)
