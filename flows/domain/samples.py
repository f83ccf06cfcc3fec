"""Made-up people to try a campaign's mails on: one who said everything, and those who left gaps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from flows.domain.campaign import Campaign
from flows.domain.parameter import Parameter

#: A name that would break Markdown, HTML and headers, were it not escaped.
_NAME = "O'Neil & Söhne (1. *Haus*) #2 – a_b_c"

Answers = dict[str, Any]


def samples(campaign: Campaign) -> Iterator[tuple[str, Answers]]:
    """What a person may have said, in a few words and as complete answers."""
    yield "with all parameters", _answers(campaign, lambda _: True)
    yield "with only the required parameters", _answers(campaign, lambda p: not p.optional)
    yield "with all texts cleaned away", _answers(campaign, lambda p: not p.is_free_text)
    yield (
        "with the least possible",
        _answers(campaign, lambda p: not (p.optional or p.is_free_text), least=True),
    )
    yield "with all numbers at their lowest", _answers(campaign, lambda _: True, least=True)


def _answers(campaign: Campaign, has: Callable[[Parameter], bool], *, least: bool = False) -> Answers:
    return {
        name: _value(parameter, least=least) if has(parameter) else None
        for name, parameter in campaign.parameters.items()
    }


def _value(parameter: Parameter, *, least: bool) -> Any:
    if parameter.enum:
        return parameter.enum[0]
    if parameter.type == "boolean":
        return not least
    if parameter.type == "string":
        return "lead@example.com" if parameter.format else _NAME[: parameter.max_length]
    low = parameter.minimum or 0
    high = parameter.maximum if parameter.maximum is not None else low + 100
    value = low if least else (low + high) / 2
    return int(value) if parameter.type == "integer" else value
