"""The body of a POST: everything that it may say, checked at once with the campaign's own parameters."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import UUID

from pydantic import ValidationError

from flows.domain.answers import Answers, Problem, Refused
from flows.domain.campaign import Campaign
from flows.domain.envelope import Envelope
from flows.domain.given import Given, given, parted
from services.web.errors import Refusal

#: Errors that one answer lists.
MOST_PROBLEMS = 50

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")

T = TypeVar("T")


@dataclass(frozen=True)
class Order:
    """A sound request: which campaign, and what for."""

    campaign: Campaign
    parameters: dict[str, Any]
    name: str | None
    tags: list[str]
    idempotency_key: str | None
    consent: Given | None = None


class Desk:
    """Takes orders for the campaigns that are open to the public."""

    def __init__(self, campaigns: Iterable[Campaign]) -> None:
        checks = [Answers(campaign) for campaign in campaigns]
        self._by_flow = {check.campaign.flow_id: check for check in checks}
        self._by_deployment = {check.campaign.deployment_id: check for check in checks}

    def order(self, body: object, keys: list[str]) -> Order:
        """The body as an order; `keys` are the Idempotency-Key headers.

        Raises:
            Refusal: 422 with every problem, 404 if the flow is unknown or not public.
        """
        if not isinstance(body, dict):
            raise invalid([_problem((), "the body must be a JSON object", "dict_type")])
        body, problems = _with_key(body, keys)
        answers = self._chosen(body)
        envelope = _checked(body, problems)
        if body.get("flow_id") is None and body.get("deployment_id") is None:
            problems.append(_problem(("flow_id",), "say which flow", "missing"))
        parameters, consent = _answered(answers, body.get("parameters"), problems)
        if problems or envelope is None or answers is None:
            raise invalid(problems)
        tags = envelope.tags or []
        return Order(answers.campaign, parameters, envelope.name, tags, envelope.idempotency_key, consent)

    def _chosen(self, body: dict[str, Any]) -> Answers | None:
        """The check of the campaign that the ids name; None if they do not even look like ids."""
        known = {"flow_id": self._by_flow, "deployment_id": self._by_deployment}
        try:
            chosen = [
                checks.get(UUID(body[key])) for key, checks in known.items() if body.get(key) is not None
            ]
        except (ValueError, AttributeError):
            return None
        if any(found is None or found is not chosen[0] for found in chosen):
            raise Refusal(404, "no such flow")
        return chosen[0] if chosen else None


def invalid(problems: list[Problem]) -> Refusal:
    """422; names that a caller made up are shown only if they look like names."""
    return Refusal(422, [problem | {"loc": _shown(problem["loc"])} for problem in problems[:MOST_PROBLEMS]])


def _shown(loc: list[Any]) -> list[Any]:
    return [part if isinstance(part, int) or _NAME.fullmatch(part) else "?" for part in loc]


def _with_key(body: dict[str, Any], keys: list[str]) -> tuple[dict[str, Any], list[Problem]]:
    inside = body.get("idempotency_key")
    wanted = keys if inside is None else [*keys, inside]
    if not keys:
        return body, []
    if any(key != wanted[0] for key in wanted):
        return body, [_problem(("idempotency_key",), "two different idempotency keys", "conflict")]
    return body | {"idempotency_key": keys[0]}, []


def _checked(body: dict[str, Any], problems: list[Problem]) -> Envelope | None:
    try:
        return Envelope.model_validate(body)
    except ValidationError as error:
        for found in error.errors(include_url=False, include_context=False, include_input=False):
            # pydantic's own sentence on a UUID quotes a character of it
            msg = "write a UUID" if found["type"].startswith("uuid") else found["msg"]
            problems.append(_problem(found["loc"], msg, found["type"]))
        return None


def _answered(
    answers: Answers | None, sent: object, problems: list[Problem]
) -> tuple[dict[str, Any], Given | None]:
    if answers is None or not isinstance(sent, dict):
        return {}, None
    parameters, consent = parted(answers.campaign, sent)
    return (
        _or_problems(lambda: answers.check(parameters), problems) or {},
        _or_problems(lambda: given(answers.campaign, consent), problems),
    )


def _or_problems(check: Callable[[], T], problems: list[Problem]) -> T | None:
    try:
        return check()
    except Refused as refused:
        problems += [found | {"loc": ["parameters", *found["loc"]]} for found in refused.problems]
        return None


def _problem(loc: tuple[Any, ...], msg: str, kind: str) -> Problem:
    return {"loc": list(loc), "msg": msg, "type": kind}
