"""`GET /public-api/openapi.json`: what the public routes take and answer, for the operator to give to who builds a site."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from flows.adapters.campaign_files import read_campaigns
from flows.domain.public_api import public_api


def describe(_: Request) -> Response:
    """The OpenAPI document. Reads the campaigns' files, so Starlette runs it in a thread."""
    return JSONResponse(public_api(read_campaigns().values()))


#: Before Prefect's own routes, of which none has this path.
ROUTE = Route("/public-api/openapi.json", describe, methods=["GET"])
