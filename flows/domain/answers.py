"""What the website may send for a campaign: its parameters as a strict model, every error at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    create_model,
)

from flows.domain.address import deliverable
from flows.domain.campaign import Campaign
from flows.domain.parameter import Parameter
from flows.domain.text import clean

#: One error in the shape that FastAPI made usual: `{"loc": […], "msg": "…", "type": "…"}`.
Problem = dict[str, Any]

_TYPES: dict[str, Any] = {"string": str, "integer": int, "number": float, "boolean": bool}
_STRICT = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True, allow_inf_nan=False)


class Refused(ValueError):
    """The parameters do not fit the campaign. `problems` has every reason; none repeats a value."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{_dotted(problem['loc'])}: {problem['msg']}" for problem in problems))


class Answers:
    """The check of one campaign's parameters, compiled once.

    Strict: unknown names, strings for numbers, true for 1, NaN and anything nested are errors.
    An optional parameter may be absent or null, which is the same.
    """

    def __init__(self, campaign: Campaign) -> None:
        self.campaign = campaign
        fields: dict[str, Any] = {name: _field(p) for name, p in campaign.parameters.items()}
        self.model: type[BaseModel] = create_model("Parameters", __config__=_STRICT, **fields)

    def check(self, parameters: object) -> dict[str, Any]:
        """The parameters as they were sent, without those that are null.

        Raises:
            Refused: something does not fit; nothing of it may be used.
        """
        problems = self._shape_problems(parameters)
        wrong = {problem["loc"][0] for problem in problems if problem["loc"]}
        if isinstance(parameters, Mapping):
            problems += self._rule_problems(parameters, wrong)
        if problems:
            raise Refused(problems)
        assert isinstance(parameters, Mapping)
        return {name: value for name, value in parameters.items() if value is not None}

    def complete(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Checked parameters made fit for a mail: text cleaned, absent optional ones `None`."""
        return {
            name: _tidied(declared, parameters.get(name))
            for name, declared in self.campaign.parameters.items()
        }

    def _shape_problems(self, parameters: object) -> list[Problem]:
        try:
            self.model.model_validate(parameters)
        except ValidationError as error:
            return [_problem(found["loc"], found["msg"], found["type"]) for found in error.errors()]
        return []

    def _rule_problems(self, parameters: Mapping[str, Any], wrong: set[Any]) -> list[Problem]:
        known = {name: value for name, value in parameters.items() if value is not None}
        return [
            _problem((), rule.otherwise, "rule")
            for rule in self.campaign.rules
            if rule.that.names <= known.keys() - wrong and not rule.that.holds(known)
        ]


def _storable(text: str) -> str:
    """Postgres keeps neither NUL nor half a surrogate pair."""
    if "\x00" in text or any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("NUL and lone surrogates are not text")
    return text


def _of_type(parameter: Parameter) -> Callable[[object], object]:
    """Python, and so `Literal`, takes true and 1.0 for 1."""

    def checked(value: object) -> object:
        if not parameter.is_of_type(value):
            raise ValueError(f"this must be of type {parameter.type}")
        return value

    return checked


def _field(parameter: Parameter) -> tuple[Any, Any]:
    bounds = Field(
        ge=parameter.minimum, le=parameter.maximum,
        min_length=parameter.min_length, max_length=parameter.max_length,
        description=parameter.description or None, examples=list(parameter.examples) or None,
        json_schema_extra={"format": parameter.format} if parameter.format else None,
    )  # fmt: skip
    kind: Any = Annotated[_TYPES[parameter.type], bounds]
    if parameter.enum:
        kind = Annotated[Literal[parameter.enum], bounds, BeforeValidator(_of_type(parameter))]
    elif parameter.type == "string":
        kind = Annotated[kind, AfterValidator(deliverable if parameter.format == "email" else _storable)]
    return (kind | None, None) if parameter.optional else (kind, ...)


def _tidied(parameter: Parameter, value: Any) -> Any:
    if not isinstance(value, str) or parameter.enum:
        return value
    return deliverable(value) if parameter.format == "email" else clean(value) or None


def _problem(loc: tuple[Any, ...], msg: str, kind: str) -> Problem:
    return {"loc": list(loc), "msg": msg.removeprefix("Value error, "), "type": kind}


def _dotted(loc: list[Any]) -> str:
    return ".".join(map(str, loc)) or "parameters"
