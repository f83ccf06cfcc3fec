"""The public routes as an OpenAPI 3.1 document: the bodies are what the code checks, the answers what it gives."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter

from flows.domain.agreement import CONSENT
from flows.domain.answers import Answers
from flows.domain.campaign import Campaign
from flows.domain.envelope import Envelope, FlowRun
from flows.domain.public_routes import ROUTES, PublicRoute, Said
from flows.domain.schema import Schema, Untitled

_REF = "#/components/schemas/"
_SENTENCE: Schema = {"type": "string"}

#: What is answered beside the flow run.
_SHAPES: dict[str, Schema] = {
    "Done": {"type": "object", "required": ["status"], "properties": {"status": {"const": "ok"}}},
    "Refusal": {
        "type": "object",
        "description": "A sentence that says why.",
        "required": ["detail"],
        "properties": {"detail": _SENTENCE},
    },
    "Invalid": {
        "type": "object",
        "description": "Every error of the body.",
        "required": ["detail"],
        "properties": {
            "detail": {"type": "array", "minItems": 1, "items": {"$ref": f"{_REF}Problem"}},
        },
    },
    "Problem": {
        "type": "object",
        "description": "One error: where, the sentence to show, and its kind.",
        "required": ["loc", "msg", "type"],
        "properties": {
            "loc": {"type": "array", "items": {"type": ["string", "integer"]}},
            "msg": _SENTENCE,
            "type": _SENTENCE,
        },
    },
}

_HEADERS: dict[str, Schema] = {
    "X-Request-Id": {
        "description": "By this id the operator finds the request in the logs.",
        "required": True,
        "schema": {"type": "string", "format": "uuid"},
    },
    "Retry-After": {
        "description": "Seconds until the request may be sent again, unchanged.",
        "required": True,
        "schema": {"type": "integer", "minimum": 1},
    },
    "WWW-Authenticate": {"required": True, "schema": {"const": "Bearer"}},
}


def public_api(campaigns: Iterable[Campaign]) -> Schema:
    """The document, for these campaigns."""
    paths: dict[str, Schema] = {}
    for route in ROUTES:
        paths.setdefault(route.path, {})[route.method] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "E-mail campaigns: the public routes",
            "version": "1",
            "description": "What strangers reach: the website, mail clients, and the services that report.",
        },
        "servers": [{"url": "https://{domain}", "variables": {"domain": {"default": "prefect.galatek.dev"}}}],
        "paths": paths,
        "components": {
            "schemas": _schemas(list(campaigns)),
            "headers": _HEADERS,
            "securitySchemes": {
                "intakeToken": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "`INTAKE_TOKEN`, if it is set.",
                }
            },
        },
    }


def _operation(route: PublicRoute) -> Schema:
    made: Schema = {"operationId": route.id, "summary": route.summary, "description": route.says}
    made["parameters"] = [*_path_parameters(route.path), *_header_parameters(route)]
    if route.body:
        media, schema = route.body
        made["requestBody"] = {"required": True, "content": {media: {"schema": schema}}}
    made["security"] = [{"intakeToken": []}, {}] if route.token else []
    made["responses"] = {str(status): _response(said) for status, said in sorted(route.answers.items())}
    return made


def _path_parameters(path: str) -> list[Schema]:
    names = [part[1:-1] for part in path.split("/") if part.startswith("{")]
    return [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in names]


def _header_parameters(route: PublicRoute) -> list[Schema]:
    """Of those that prove who calls none may be missing; the key of a signup may."""
    return [
        {
            "name": name, "in": "header", "description": says, "required": not route.token, "schema": {"type": "string"},
        }
        for name, says in route.headers.items()
    ]  # fmt: skip


def _response(said: Said) -> Schema:
    content: Schema = {}
    if said.json:
        content["application/json"] = {"schema": {"$ref": _REF + said.json}}
    if said.page:
        content["text/html"] = {"schema": {"type": "string"}}
    headers = {name: {"$ref": f"#/components/headers/{name}"} for name in ("X-Request-Id", *said.headers)}
    return {"description": said.says, "headers": headers, "content": content}


def _schemas(campaigns: list[Campaign]) -> dict[str, Schema]:
    envelope, parts = _schema_and_parts(Envelope, "validation")
    made: dict[str, Schema] = {"Signup": {"oneOf": [{"$ref": _REF + _name(c, "Signup")} for c in campaigns]}}
    for campaign in campaigns:
        made[_name(campaign, "Signup")] = _signup(campaign, envelope)
        made[_name(campaign, "Parameters")] = _parameters(campaign)
    run, run_parts = _schema_and_parts(FlowRun, "serialization")
    return made | parts | {"FlowRun": run} | run_parts | _SHAPES


def _signup(campaign: Campaign, envelope: Schema) -> Schema:
    """The envelope with this campaign's ids and parameters in it."""
    ids: Schema = {"flow_id": {"const": str(campaign.flow_id)}}
    ids["deployment_id"] = {"enum": [str(campaign.deployment_id), None]}
    own = {**ids, "parameters": {"$ref": _REF + _name(campaign, "Parameters")}}
    return {
        **envelope,
        "description": f"{campaign.title}: a signup for `{campaign.flow}`.",
        "properties": envelope["properties"] | own,
        "required": ["flow_id", "parameters"],
    }


def _parameters(campaign: Campaign) -> Schema:
    schema, _ = _schema_and_parts(Answers(campaign).model, "validation")
    schema["properties"] |= _consent(campaign)
    if campaign.consent and campaign.consent.required:
        schema["required"] = [*schema["required"], "consent"]
    rules = "".join(f" Refused if {rule.otherwise}." for rule in campaign.rules)
    return schema | {"description": f"What `{campaign.flow}` wants to know.{rules}"}


def _consent(campaign: Campaign) -> dict[str, Schema]:
    """What may be sent beside the campaign's own parameters, as `flows.domain.given` checks it."""
    if campaign.consent is None:
        return {}
    ids = list(campaign.consent.wordings)
    said = "The id of the wording that the person agreed to."
    known = {"enum": ids} if campaign.consent.required else {"enum": [*ids, None]}
    told = {
        "type": ["string", "null"],
        "format": "date-time",
        "description": "When they did, by the site's clock.",
    }
    page = {"type": ["string", "null"], "format": "uri", "description": "The page on which they did."}
    return dict(zip(CONSENT, (known | {"description": said}, told, page), strict=True))


def _schema_and_parts(shape: Any, mode: Any) -> tuple[Schema, dict[str, Schema]]:
    schema = TypeAdapter(shape).json_schema(
        mode=mode, ref_template=_REF + "{model}", schema_generator=Untitled
    )
    parts: dict[str, Schema] = schema.pop("$defs", {})
    for named in (schema, *parts.values()):
        named.pop("title", None)  # the class's: callers know it by its name here
    return schema, parts


def _name(campaign: Campaign, kind: str) -> str:
    return "".join(part.capitalize() for part in campaign.name.split("-")) + kind
