"""What the website may send for a campaign: its parameters as a strict model, every error at once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, create_model

from flows.domain.campaign import Campaign, Parameter
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


def deliverable(address: str) -> str:
    """The address in its normal form, ASCII only, the domain in lower case.

    Raises:
        ValueError: it is no address that a mail provider takes. No DNS is asked.
    """
    try:
        found = validate_email(address, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError as error:
        raise ValueError(f"not a valid email address: {error}") from error
    return found.ascii_email or found.normalized


def _no_nul(text: str) -> str:
    if "\x00" in text:
        raise ValueError("a NUL character is not text")
    return text


def _field(parameter: Parameter) -> tuple[Any, Any]:
    kind: Any = Literal[parameter.enum] if parameter.enum else _TYPES[parameter.type]
    if parameter.type == "string" and not parameter.enum:
        check = deliverable if parameter.format == "email" else _no_nul
        kind = Annotated[kind, AfterValidator(check)]
    bounds = Field(
        ge=parameter.minimum, le=parameter.maximum,
        min_length=parameter.min_length, max_length=parameter.max_length,
        description=parameter.description or None,
    )  # fmt: skip
    kind = Annotated[kind, bounds]
    return (kind | None, None) if parameter.optional else (kind, ...)


def _tidied(parameter: Parameter, value: Any) -> Any:
    if parameter.format == "email":
        return deliverable(value)
    return (clean(value) or None) if isinstance(value, str) else value


def _problem(loc: tuple[Any, ...], msg: str, kind: str) -> Problem:
    return {"loc": list(loc), "msg": msg.removeprefix("Value error, "), "type": kind}


def _dotted(loc: list[Any]) -> str:
    return ".".join(map(str, loc)) or "parameters"
