"""What stands around the parameters of a signup, and the answer to it: Prefect's names for both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

Id = Annotated[UUID, Field(strict=False)]
Tag = Annotated[str, Field(pattern=r"^[\w .:/-]{1,50}$")]
Key = Annotated[str, Field(pattern=r"^[ -~]{1,200}$")]
AnsweredId = Annotated[str, Field(json_schema_extra={"format": "uuid"})]
Moment = Annotated[str, Field(json_schema_extra={"format": "date-time"})]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True)


class State(_Strict):
    """The only state that a run may be ordered in. The message is taken and dropped."""

    type: Literal["SCHEDULED"]
    name: Literal["Scheduled"] | None = None
    message: Annotated[str, Field(max_length=1000)] | None = None


class Envelope(_Strict):
    """Prefect's names for what the website sends; null is the same as absent."""

    flow_id: Id | None = None
    deployment_id: Id | None = None
    name: str | None = None
    parameters: dict[str, Any]
    state: State | None = None
    tags: Annotated[list[Tag], Field(max_length=10)] | None = None
    idempotency_key: Key | None = None


@dataclass(frozen=True, kw_only=True)
class RunState:
    """The state of a run that was just ordered."""

    type: Literal["SCHEDULED"] = "SCHEDULED"
    name: Literal["Scheduled"] = "Scheduled"
    timestamp: Moment
    message: None = None


@dataclass(frozen=True, kw_only=True)
class FlowRun:
    """The run that a signup becomes. `parameters` are those of the request, or empty if its key was used for others."""

    id: AnsweredId
    created: Moment
    updated: Moment
    name: str
    flow_id: AnsweredId
    deployment_id: AnsweredId
    parameters: dict[str, Any]
    state: RunState
    state_type: Literal["SCHEDULED"] = "SCHEDULED"
    state_name: Literal["Scheduled"] = "Scheduled"
    tags: list[str]
    idempotency_key: str | None
