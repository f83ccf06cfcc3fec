"""Made-up people for a preview: each truly belongs to a segment, and says much or little."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import islice, product
from typing import Any

from jinja2 import nodes

from flows.domain.answers import Answers
from flows.domain.campaign import Campaign
from flows.domain.parameter import Parameter

#: How much a person says, and of which parameters that is so.
KINDS: Mapping[str, Callable[[Parameter], bool]] = {
    "says everything": lambda _: True,
    "says only what is required": lambda parameter: not parameter.optional,
    "says no name either": lambda parameter: not (parameter.optional or parameter.is_free_text),
}

#: Combinations that are tried before it counts as impossible to find somebody.
_PATIENCE = 20_000
#: Whole numbers of so few values are all tried.
_FEW = 12


def people(campaign: Campaign, segment: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Who falls into a segment: how much they say, and their answers as a mail gets them.

    A kind is left out where nobody is found, such as somebody who says nothing in a segment that asks for an answer.
    """
    for kind, has in KINDS.items():
        person = _person(campaign, segment, has)
        if person is not None:
            yield kind, Answers(campaign).complete(person)


def _person(campaign: Campaign, segment: str, has: Callable[[Parameter], bool]) -> dict[str, Any] | None:
    said = {name: parameter for name, parameter in campaign.parameters.items() if has(parameter)}
    first = {name: _values(campaign, name, parameter)[0] for name, parameter in said.items()}
    asked = [name for name in said if name in _asked(campaign)]
    ways = product(*(_values(campaign, name, said[name]) for name in asked))
    for way in islice(ways, _PATIENCE):
        person = first | dict(zip(asked, way, strict=True))
        if _meets_rules(campaign, person) and campaign.segment_of(person) == segment:
            return dict.fromkeys(campaign.parameters) | person
    return None


def _meets_rules(campaign: Campaign, person: Mapping[str, Any]) -> bool:
    return all(rule.that.holds(person) for rule in campaign.rules if rule.that.names <= person.keys())


def _asked(campaign: Campaign) -> frozenset[str]:
    """The parameters that decide about rules and segments."""
    conditions = [*campaign.segments.values(), *(rule.that for rule in campaign.rules)]
    return frozenset().union(*(condition.names for condition in conditions))


def _values(campaign: Campaign, name: str, parameter: Parameter) -> list[Any]:
    """What the parameter may be, what is most like a real person's answer first."""
    if parameter.enum:
        found = [*parameter.examples, *parameter.enum]
    elif parameter.type == "boolean":
        found = [*parameter.examples, True, False]
    elif parameter.type == "string":
        spoken = name.replace("_", " ").capitalize()[: parameter.max_length]
        usual = "anna@example.com" if parameter.format else spoken
        found = [
            *parameter.examples,
            usual,
            *(text for text in _constants(campaign) if isinstance(text, str)),
        ]
    else:
        found = [value for value in _numbers(campaign, parameter) if _within(parameter, value)]
    return list(dict.fromkeys(found))


def _numbers(campaign: Campaign, parameter: Parameter) -> list[Any]:
    low = parameter.minimum if parameter.minimum is not None else 0
    high = parameter.maximum if parameter.maximum is not None else low + 100
    near = [c + by for c in _constants(campaign) if isinstance(c, int | float) for by in (0, 1, -1)]
    found = [(low + high) / 2, low, high, *near]
    if parameter.type == "integer":
        found = [int(value) for value in found]
        found += range(int(low), int(high) + 1) if high - low <= _FEW else []
    return [*parameter.examples, *found]


def _within(parameter: Parameter, value: float) -> bool:
    low, high = parameter.minimum, parameter.maximum
    return (low is None or value >= low) and (high is None or value <= high)


def _constants(campaign: Campaign) -> list[Any]:
    """The numbers and texts that rules and segments compare with."""
    conditions = [*campaign.segments.values(), *(rule.that for rule in campaign.rules)]
    found = (constant for condition in conditions for constant in condition.tree.find_all(nodes.Const))
    return [constant.value for constant in found if not isinstance(constant.value, bool)]
