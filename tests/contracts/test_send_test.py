"""`campaigns send-test` from the command line to Resend, over real HTTP and a real ledger."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from click.testing import Result
from typer.testing import CliRunner

from flows import wiring
from services.cli.__main__ import app
from tests.conftest import Ledger
from tests.stand_ins.servers import ResendServer

ME = "me@galatek.example"


@pytest.fixture
def resend(
    ledger: Ledger, resend_server: ResendServer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[ResendServer]:
    """Resend, and settings under which the command reaches it and the ledger."""
    settings = {
        "RESEND_API_KEY": "re_test", "RESEND_API_URL": resend_server.url, "MAIL_FROM": "Anna <anna@galatek.example>",
        "POSTAL_ADDRESS": "Galatek, Street 1, 12345 Town", "LINK_KEY": "k" * 32,
        "LEDGER_HOST": ledger.host, "LEDGER_PORT": str(ledger.port), "LEDGER_NAME": ledger.name,
    }  # fmt: skip
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    wiring.desk.cache_clear()
    yield resend_server
    wiring.desk().ledger.close()
    wiring.desk.cache_clear()
    resend_server._made = None  # the SDK has one configuration, and the command has changed it


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, ["send-test", "christmas", *arguments, "--to", ME])


def test_the_command_sends_one_marked_mail(resend: ResendServer) -> None:
    told = run("3", "--segment", "URGENT")
    [mail] = resend.mailbox.sent
    assert (told.exit_code, mail["body"]["to"]) == (0, [ME])
    assert mail["body"]["subject"] == "[Test] €24,000: three places to look for it"
    assert told.output == f"Sent `money-leaks` as URGENT gets it. Resend calls it {mail['id']}.\n"


def test_as_somebody_who_said_little_it_reads_differently(resend: ResendServer) -> None:
    assert run("money-leaks", "--few").exit_code == 0
    assert resend.mailbox.sent[0]["body"]["subject"] == "[Test] Three places where revenue gets lost"


def test_without_a_key_nothing_is_asked_and_the_sentence_says_why(
    resend: ResendServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RESEND_API_KEY")
    assert "This is preview" in str(run("3").exception)
    assert resend.mailbox.script.requests == []
