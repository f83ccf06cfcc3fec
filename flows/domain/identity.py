"""Ids that are derived from names, so that a new database keeps the website's configuration valid."""

from __future__ import annotations

from functools import cache
from uuid import NAMESPACE_DNS, UUID, uuid5

NAMESPACE = uuid5(NAMESPACE_DNS, "galatek.dev")

#: The one deployment that each public flow has.
DEPLOYMENT = "website"


@cache
def flow_id(flow: str) -> UUID:
    """The id of a flow: UUID v5 of its name (RFC 9562) under the namespace of galatek.dev."""
    return uuid5(NAMESPACE, flow)


@cache
def deployment_id(flow: str) -> UUID:
    """The id of a flow's deployment, derived from `flow/deployment` in the same way."""
    return uuid5(NAMESPACE, f"{flow}/{DEPLOYMENT}")


#: Our own flows beside the campaigns': what is due leaves; the mirror catches up; somebody looks whether all is well.
SEND_DUE = "send-due"
MIRROR = "mirror"
LOOK_OUT = "look-out"
OUR_FLOWS = (SEND_DUE, MIRROR, LOOK_OUT)
