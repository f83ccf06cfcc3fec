"""What the website's form asks people to agree to: wordings with ids, so that a proof has the very words."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from flows.domain.parameter import Part

WordingId = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=40)]
Words = Annotated[str, Field(min_length=1, max_length=2000)]


class Consent(Part):
    """The wordings of the form's checkbox: every one that is still shown somewhere, or in a cached page."""

    wordings: dict[WordingId, Words] = Field(
        min_length=1, description="The words that the form shows, by an id that the website sends back."
    )
    required: bool = Field(default=False, description="Whether a signup without a consent is refused.")
