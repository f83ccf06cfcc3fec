"""Whether the parts of a campaign file fit one another: names that exist, steps in order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import TYPE_CHECKING

from pydantic import BaseModel, ValidationError
from pydantic_core import InitErrorDetails, PydanticCustomError

from flows.domain.choices import choices_of, not_chosen
from flows.domain.marked_yaml import Place
from flows.domain.suggestion import instead

if TYPE_CHECKING:
    from flows.domain.campaign import Campaign
    from flows.domain.parameter import Parameter

#: Names that neither a parameter nor a value may have.
RESERVED = frozenset(
    {"segment", "title", "language", "unsubscribe_url", "view_url", "confirm_url", "postal_address"}
    | {"subject", "preheader", "button", "body"}
    | {"self", "loop", "and", "or", "not", "in", "is", "if", "else", "true", "false", "none"}  # Jinja's
)
#: Names that a language has words for: a campaign's values may have them, to say it in its own words.
WORDS = frozenset({"unsubscribe", "view_in_browser"})
#: What a website may send beside the parameters of a campaign that has a `consent`.
CONSENT = ("consent", "consent_at", "consent_page")
#: The least that somebody is given to confirm.
_SHORTEST = timedelta(days=1)
_MEANT = {
    "integer": {"minimum", "maximum"},
    "number": {"minimum", "maximum"},
    "string": {"format", "minLength", "maxLength"},
}
_BOUNDS = _MEANT["number"] | _MEANT["string"]

#: Where, and what is wrong there.
Disagreement = tuple[Place, str]


def as_error(title: str, found: list[Disagreement]) -> ValidationError:
    """Disagreements in the form in which pydantic reports everything else, each with its place."""
    details: list[InitErrorDetails] = [
        {"type": PydanticCustomError("campaign", "{why}", {"why": why}), "loc": place, "input": None}
        for place, why in found
    ]
    return ValidationError.from_exception_data(title, details)


def of_campaign(campaign: Campaign) -> Iterator[Disagreement]:
    yield from _names(campaign)
    yield from _conditions(campaign)
    yield from _steps(campaign)
    yield from _notices(campaign)
    yield from _occasions(campaign)
    yield from _consent(campaign)
    yield from _double_opt_in(campaign)


def of_parameter(parameter: Parameter) -> Iterator[Disagreement]:
    """Words of JSON Schema that mean nothing for the parameter's type, and bounds that cross."""
    said = parameter.model_dump(by_alias=True, exclude_none=True)
    kind = "a list of choices" if parameter.enum else parameter.type
    for word in said.keys() & _BOUNDS - _MEANT.get(kind, set()):
        yield (word,), f"it means nothing for {kind}; remove it"
    for low, high in (("minimum", "maximum"), ("minLength", "maxLength")):
        if low in said and high in said and said[low] > said[high]:
            yield (low,), f"it is greater than `{high}`"
    for word, values in (("enum", parameter.enum or ()), ("examples", parameter.examples)):
        if not all(parameter.is_of_type(value) for value in values):
            yield (word,), f"every value must be of type {parameter.type}"


def _names(campaign: Campaign) -> Iterator[Disagreement]:
    email = campaign.parameters.get("email")
    if email is None or email.format != "email" or email.optional:
        yield ("parameters", "email"), "it must be `email: {type: string, format: email}`, not optional"
    for name in campaign.parameters:
        if name in RESERVED | WORDS or hasattr(BaseModel, name):
            yield ("parameters", name), "this name is taken; choose another"
    for name in campaign.values:
        if name in RESERVED or name in campaign.parameters:
            yield ("values", name), "this name is taken; choose another"


def _conditions(campaign: Campaign) -> Iterator[Disagreement]:
    conditions = {("segments", name): condition for name, condition in campaign.segments.items()}
    conditions |= {("rules", at, "that"): rule.that for at, rule in enumerate(campaign.rules)}  # type: ignore[misc]
    for place, condition in conditions.items():
        for name in sorted(condition.names - campaign.parameters.keys()):
            yield (
                place,
                f"it uses `{name}`, which no parameter is called; {instead(name, campaign.parameters)}",
            )
        for _, value, known in not_chosen(condition.tree, choices_of(campaign.parameters)):
            yield place, f"`{value}` is none of the choices; {instead(value, known)}"
    last = next(reversed(campaign.segments), None)
    if last is None or campaign.segments[last].text != "true":
        yield ("segments", last or ""), "the last segment must be `true`: everyone belongs to one"


def _occasions(campaign: Campaign) -> Iterator[Disagreement]:
    for at, name in enumerate(campaign.ends):
        if name == campaign.name:
            yield ("ends", at), "a campaign cannot end itself; remove it"
    for at, occasion in enumerate(campaign.starts_on):
        if occasion in campaign.ends_on:
            yield ("starts_on", at), f"`{occasion}` also ends this campaign; remove one of the two"
    wanted = [name for name, said in campaign.parameters.items() if name != "email" and not said.optional]
    if campaign.starts_on:
        for name in wanted:
            yield (
                ("parameters", name),
                "a booked call does not tell it; make it optional, or remove `starts_on`",
            )


def _consent(campaign: Campaign) -> Iterator[Disagreement]:
    if campaign.consent is None:
        return
    for name in CONSENT:
        if name in campaign.parameters:
            yield ("parameters", name), "`consent` brings this name along; remove it here"
    if campaign.consent.required and campaign.starts_on:
        yield ("consent", "required"), "a booked call brings no consent; remove it, or `starts_on`"


def _double_opt_in(campaign: Campaign) -> Iterator[Disagreement]:
    asking = campaign.double_opt_in
    if asking and asking.mail in {step.mail for step in campaign.steps}:
        yield (
            ("double_opt_in", "mail"),
            f"a step sends `{asking.mail}` too; the mail that asks is one of its own",
        )
    if asking and asking.within < _SHORTEST:
        yield ("double_opt_in", "within"), "give people a day at least, such as `7d`"


def _steps(campaign: Campaign) -> Iterator[Disagreement]:
    for at, step in enumerate(campaign.steps):
        for name in sorted(set(step.segments or ()) - campaign.segments.keys()):
            why = f"`{name}` is no segment of this campaign; {instead(name, campaign.segments)}"
            yield ("steps", at, "segments"), why
        earlier = campaign.steps[:at]
        if step.mail in {other.mail for other in earlier}:
            yield ("steps", at, "mail"), f"an earlier step already sends `{step.mail}`"
        if earlier and step.after < earlier[-1].after:
            yield ("steps", at, "after"), "it is earlier than the step before; keep steps in order"


def _notices(campaign: Campaign) -> Iterator[Disagreement]:
    for at, name in enumerate(campaign.notify):
        if name not in campaign.segments:
            why = f"`{name}` is no segment of this campaign; {instead(name, campaign.segments)}"
            yield ("notify", at), why
