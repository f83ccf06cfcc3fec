"""Mails that wait for a person: `held`, `release`, `drop`."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

import typer

from flows import settings, wiring
from flows.adapters.office import Office
from services.cli.options import Json, Yes, print_json

Messages = Annotated[list[UUID] | None, typer.Argument(help="Ids as `campaigns held` prints them.")]
All = Annotated[bool, typer.Option("--all", help="Every mail that is held.")]


def show(*, as_json: Json = False) -> None:
    """Mails that wait for a person, each with its reason.

    Example: campaigns held
    """
    found = _office().held()
    if as_json:
        print_json(found)
        return
    for one in found:
        print(
            f"{one.id}  {one.campaign}, mail {one.step} ({one.mail}), due {one.due_at:%Y-%m-%d %H:%M}\n    {one.reason}"
        )
    print(f"{len(found)} held. Let them go: campaigns release ID. Or never send them: campaigns drop ID.")


def release(
    messages: Messages = None,
    *,
    everything: All = False,
    rewrite: Annotated[
        bool, typer.Option(help="Write the mail anew: only if it has surely not left.")
    ] = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Let held mails leave. Look first at Resend whether they have: after 24 hours it forgets what it took.

    Example: campaigns release 0d3c7f6e-5b7e-4a53-9a51-2f0f4f8f6f11
    """
    office, ids = _chosen(messages, everything=everything)
    if not yes:
        typer.confirm(
            f"Send {len(ids)} mails, and you have looked at Resend that they did not leave?", abort=True
        )
    _tell(office.release(ids, wiring.utc_now(), rewrite=rewrite), len(ids), "released", as_json=as_json)


def drop(
    messages: Messages = None,
    *,
    everything: All = False,
    yes: Yes = False,
    as_json: Json = False,
) -> None:
    """Never send held mails. The rest of each sequence goes on.

    Example: campaigns drop 0d3c7f6e-5b7e-4a53-9a51-2f0f4f8f6f11
    """
    office, ids = _chosen(messages, everything=everything)
    if not yes:
        typer.confirm(f"Never send {len(ids)} mails?", abort=True)
    _tell(office.drop(ids, wiring.utc_now()), len(ids), "dropped", as_json=as_json)


def _chosen(messages: list[UUID] | None, *, everything: bool) -> tuple[Office, list[UUID]]:
    office = _office()
    ids = [one.id for one in office.held()] if everything else messages or []
    if not ids:
        raise ValueError("Nothing is chosen: give ids as `campaigns held` prints them, or --all.")
    return office, ids


def _tell(done: int, asked: int, action: str, *, as_json: bool) -> None:
    if as_json:
        print_json({action: done, "not_held": asked - done})
    else:
        print(f"{done} {action}." + (f" {asked - done} were not held." if done < asked else ""))
    if done < asked:
        raise typer.Exit(1)


def _office() -> Office:
    return wiring.office(settings.load())
