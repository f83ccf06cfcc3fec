"""Every command of `campaigns`: an example that can be typed, `--json` where a program may read, a question where it hurts."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import click
import pytest
import typer
from typer.testing import CliRunner

from services.cli.__main__ import app

ROOT = typer.main.get_command(app)

#: What they print is a file or a page already, or only `make restore` types them.
NOT_FOR_PROGRAMS = {"openapi", "new", "preview", "schema", "export", "suppressions export", "after-restore"}
#: What they do cannot be taken back, or many get mail by it.
HURT = {"release-brake", "release", "drop", "retry", "resume", "move", "erase"}


def leaves(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, click.Command]]:
    """Every command with the words by which it is typed."""
    within = getattr(command, "commands", None)
    if within is None:
        yield " ".join(path), command
        return
    for name, one in within.items():
        yield from leaves(one, (*path, name))


COMMANDS = dict(leaves(ROOT))


def options(command: click.Command) -> set[str]:
    return {word for parameter in command.params for word in parameter.opts}


def example(command: click.Command) -> str:
    found = re.search(r"^\s*Example: campaigns (.+)$", command.help or "", re.MULTILINE)
    assert found, "no example"
    return found[1]


def test_the_commands_are_found() -> None:
    assert {"status", "why", "stop", "suppressions import"} <= COMMANDS.keys()
    assert COMMANDS.keys() >= HURT | NOT_FOR_PROGRAMS


@pytest.mark.parametrize("name", COMMANDS)
def test_the_help_of_a_command_says_what_it_does_and_has_an_example(name: str) -> None:
    said = CliRunner().invoke(app, [*name.split(), "--help"])
    assert (said.exit_code, "Example: campaigns" in said.output) == (0, True)
    assert re.match(r"[A-Z].*[.:]", COMMANDS[name].help or "")


@pytest.mark.parametrize("name", COMMANDS)
def test_the_example_can_be_typed_as_it_stands(name: str) -> None:
    typed = shlex.split(re.split(r"\s[<>]\s", example(COMMANDS[name]))[0])
    assert typed[: len(name.split())] == name.split()
    COMMANDS[name].make_context(name, typed[len(name.split()) :])  # raises UsageError


@pytest.mark.parametrize("name", COMMANDS)
def test_a_program_may_read_it(name: str) -> None:
    assert ("--json" in options(COMMANDS[name])) is (name not in NOT_FOR_PROGRAMS)


@pytest.mark.parametrize("name", COMMANDS)
def test_what_hurts_asks_first_and_can_be_told_not_to(name: str) -> None:
    assert ("--yes" in options(COMMANDS[name])) is (name in HURT)


def test_the_exit_codes_are_told() -> None:
    said = " ".join(CliRunner().invoke(app, ["--help"]).output.split())
    assert "Exit codes: 0 it is done; 1 it is not" in said
    assert CliRunner().invoke(app, ["stop"]).exit_code == 2
