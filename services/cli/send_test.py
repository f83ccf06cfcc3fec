"""`send-test`: one mail of a campaign to a colleague."""

from __future__ import annotations

from typing import Annotated
from uuid import uuid4

import typer

from flows import settings, wiring
from flows.domain.address import deliverable
from flows.domain.suggestion import instead
from flows.trial import Trial, refuse_unready, segment_called, step_called
from flows.trial import send_test as sent
from services.cli.options import Json, print_json


def send_test(  # noqa: PLR0913 (an option is an argument)
    campaign: Annotated[str, typer.Argument(help="The campaign's name: its directory.")],
    mail: Annotated[str, typer.Argument(help="Its number in campaign.yaml, from 1, or its name.")],
    *,
    to: Annotated[str, typer.Option(help="Where the test goes.")],
    segment: Annotated[
        str | None, typer.Option(help="As somebody of this segment gets it.  [default: the first that does]")
    ] = None,
    few: Annotated[
        bool, typer.Option("--few", help="As somebody gets it who said only what is required.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Send one mail for real, to look at it in a real inbox. Its subject is marked, and no lead is involved.

    An address on the suppression list gets no test: who said stop is not mailed. The link under it stops nobody.

    Example: campaigns send-test christmas 3 --to me@example.com --segment URGENT
    """
    refuse_unready(settings.load())
    desk = wiring.desk()
    known = desk.campaigns.get(campaign)
    if known is None:
        raise ValueError(f"There is no campaign `{campaign}`; {instead(campaign, desk.campaigns)}")
    step = step_called(known, mail)
    chosen = segment_called(known, step, segment)
    trial = Trial(campaign=known, step=step, segment=chosen, to=deliverable(to), few=few)
    provider_id = sent(desk, wiring.office(desk.settings), trial, uuid4())
    if as_json:
        print_json({"mail": step.mail, "segment": chosen, "provider_id": provider_id})
    else:
        print(f"Sent `{step.mail}` as {chosen} gets it. Resend calls it {provider_id}.")
