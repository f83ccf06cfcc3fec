"""Every flow that the worker runs, by its id: the campaigns' public ones and our own."""

from __future__ import annotations

from functools import cache
from typing import Any
from uuid import UUID

from prefect import Flow

from flows.domain.identity import flow_id
from flows.look_out import look_out
from flows.mirror import mirror
from flows.send_due import send_due
from flows.signup import signup_flow
from flows.wiring import desk


@cache
def flows() -> dict[UUID, Flow[Any, Any]]:
    """The flows of this process. Raises `UnsoundCampaign` and `WrongSetting`."""
    public = [signup_flow(campaign) for campaign in desk().campaigns.values()]
    return {flow_id(flow.name): flow for flow in [*public, send_due, mirror, look_out]}
