"""One thing that the website may send for a campaign, checked when its file is read."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from flows.domain.agreement import as_error, of_parameter

_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,), "integer": (int,), "number": (int, float), "boolean": (bool,),
}  # fmt: skip


class Part(BaseModel):
    """What every part of a campaign file has in common: unknown keys are errors, nothing changes later."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)


class Parameter(Part):
    """One thing that the website may send, in JSON Schema's words."""

    type: Literal["string", "integer", "number", "boolean"] = Field(description="What kind of value it is.")
    format: Literal["email"] | None = Field(
        None, description="`email`: an address that a mail provider takes."
    )
    minimum: float | None = Field(None, description="The least that a number may be.")
    maximum: float | None = Field(None, description="The most that a number may be.")
    min_length: int | None = Field(
        None, alias="minLength", description="The fewest characters that a text may have."
    )
    max_length: int | None = Field(
        None, alias="maxLength", description="The most characters that a text may have."
    )
    enum: tuple[str | int | float, ...] | None = Field(
        None, description="The only values that are taken, when there is a choice of few."
    )
    optional: bool = Field(default=False, description="Whether a signup without it is taken too.")
    description: str = Field("", description="What it means, for whoever builds the website.")
    examples: tuple[str | int | float | bool, ...] = Field(
        (), description="What people really say: the preview's made-up people say it too."
    )

    @property
    def is_free_text(self) -> bool:
        """Whether anything may stand in it, so that cleaning may leave nothing of it."""
        return self.type == "string" and self.format is None and self.enum is None

    def is_of_type(self, value: object) -> bool:
        """Whether a value is of this type, strictly: `true` is no number, `1.0` no integer."""
        return type(value) in _TYPES[self.type]

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        if found := list(of_parameter(self)):
            raise as_error("Parameter", found)
        return self
