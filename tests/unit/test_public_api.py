"""The description of the public routes: it is sound, complete, and says what the code takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from starlette.routing import Route

from flows.adapters.campaign_files import read_campaigns
from flows.adapters.language_files import read_languages
from flows.domain.public_api import public_api
from flows.domain.public_routes import ROUTES, SIGNUP
from flows.settings import Settings
from services.cli.openapi import written
from services.web import bookings, events, signup
from services.web.app import create_app
from services.web.errors import Refusal
from services.web.order import Desk
from tests.web_site import LINK_KEY, website

DOCUMENT = public_api(read_campaigns().values())
ROOT = Path(__file__).parents[2]
BODIES = ["scheduled_8_parameters", "message_14_parameters", "without_state", "javascript_13_parameters"]

Change = Callable[[dict[str, Any]], object]


def fits(body: Mapping[str, Any]) -> bool:
    """Whether a body is one that the description knows."""
    schema = {"$ref": "#/components/schemas/Signup", "components": DOCUMENT["components"]}
    checker = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker(["email"]))
    return bool(checker.is_valid(body))


def is_taken(body: Mapping[str, Any]) -> bool:
    try:
        Desk(read_campaigns().values()).order(dict(body), [])
    except Refusal:
        return False
    return True


def test_the_repository_holds_the_description_that_the_code_makes() -> None:
    assert (ROOT / "docs/openapi.json").read_text("utf-8") == written() + "\n"


def test_the_description_is_openapi_3_1() -> None:
    assert list(OpenAPIV31SpecValidator(DOCUMENT).iter_errors()) == []


def test_every_route_of_web_is_described_and_no_other() -> None:
    app = create_app(Settings(link_key=LINK_KEY), read_campaigns(), read_languages())
    served = {
        (route.path, method.lower())
        for route in app.routes
        if isinstance(route, Route)
        for method in (route.methods or set()) - {"HEAD", "OPTIONS"}
    }
    described = {(path, method) for path, operations in DOCUMENT["paths"].items() for method in operations}
    assert served - {("/api/flow_runs", "post")} == described  # the same without the slash


def test_every_operation_has_an_id_of_its_own() -> None:
    assert len({route.id for route in ROUTES}) == len(ROUTES)


@pytest.mark.parametrize("body", BODIES)
def test_each_body_of_the_website_fits_the_description(body: str) -> None:
    assert fits(website(body))


def test_every_campaign_has_a_body_of_its_own() -> None:
    named = [one["$ref"].rpartition("/")[2] for one in DOCUMENT["components"]["schemas"]["Signup"]["oneOf"]]
    assert named == ["ChristmasSignup", "NoShowSignup", "OnboardingSignup", "PostCallSignup"]
    for campaign, name in zip(read_campaigns().values(), named, strict=True):
        schema = DOCUMENT["components"]["schemas"][name]
        assert schema["properties"]["flow_id"] == {"const": str(campaign.flow_id)}


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body["parameters"].pop("email"),
        lambda body: body["parameters"].update(email=5),
        lambda body: body["parameters"].update(email="nobody"),
        lambda body: body["parameters"].update(email="a" * 200 + "@example.com"),
        lambda body: body["parameters"].update(first_name=""),
        lambda body: body["parameters"].update(first_name=None),
        lambda body: body["parameters"].update(assessment_score=101),
        lambda body: body["parameters"].update(assessment_score=-1),
        lambda body: body["parameters"].update(assessment_score=1.5),
        lambda body: body["parameters"].update(assessment_score="50"),
        lambda body: body["parameters"].update(red_systems=9),
        lambda body: body["parameters"].update(unknown=1),
        lambda body: body.update(job_variables={}),
        lambda body: body.update(state={"type": "RUNNING"}),
        lambda body: body.update(tags=["x"] * 11),
        lambda body: body.update(tags=["<b>"]),
        lambda body: body.update(idempotency_key=""),
        lambda body: body.update(flow_id="00000000-0000-0000-0000-000000000000"),
        lambda body: body.update(deployment_id="00000000-0000-0000-0000-000000000000"),
        lambda body: body.update(parameters=[]),
        lambda body: body.pop("parameters"),
        lambda body: body.pop("flow_id"),
    ],
)
def test_what_the_description_does_not_know_the_code_refuses(change: Change) -> None:
    body = website()
    change(body)
    assert not fits(body)
    assert not is_taken(body)


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body["parameters"].update(gps_score=None, weakest_system_1=None),
        lambda body: body["parameters"].update(revenue_leak_total=0.5),
        lambda body: body.update(state=None, tags=None, name=None, idempotency_key=None, deployment_id=None),
        lambda body: body.update(tags=["website"], idempotency_key="k", state={"type": "SCHEDULED"}),
    ],
)
def test_what_the_description_allows_the_code_takes(change: Change) -> None:
    body = website()
    change(body)
    assert fits(body)
    assert is_taken(body)


def test_the_rules_of_a_campaign_are_told_in_its_words() -> None:
    assert (
        "there are eight systems" in DOCUMENT["components"]["schemas"]["ChristmasParameters"]["description"]
    )


def test_the_sizes_that_are_told_are_those_of_the_code() -> None:
    told = {route.path: route.answers[413].says for route in ROUTES if 413 in route.answers}
    sizes = {path: int(re.findall(r"(\d+) KiB", says)[0]) * 1024 for path, says in told.items()}
    caddy = (ROOT / "services/caddy/Caddyfile").read_text()
    links = {
        name: int(re.findall(rf"import limit {name} .*\n\s+import web (\d+) ", caddy)[0])
        for name in ("unsubscribe", "confirm")
    }
    assert sizes == {
        SIGNUP.path: signup.LARGEST,
        **{f"/{name}/{{token}}": most for name, most in links.items()},
        "/events/resend": events.LARGEST,
        "/events/cal": bookings.LARGEST,
        "/events/calendly": bookings.LARGEST,
    }
