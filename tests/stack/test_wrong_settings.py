"""What stops a start: a wrong `.env` and an unsound campaign, each with a sentence that says where."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.stack.deployment import Deployment

WRONG = {
    "TIMEZONE": "Mars",
    "DOMAIN": "https://campaigns.example/",
    "HTTPS_PORT": "none",
    "RESEND_API_URL": "api.resend.com",
    "RESEND_WEBHOOK_SECRET": "secret-of-somebody",
    "MAIL_FROM": "nobody",
    "NOTION_DATABASE_ID": "name",
    "INTAKE_PER_MINUTE": "0",
    "WORKER": "fast",
}

MAILS = "/app/flows/campaigns/christmas/mails"
UNSOUND = {
    "empty": ("", "offer.md"),
    "an unknown variable": ('---\nsubject: "Hello"\npreheader: x\n---\nfirst\n\n{{ nobody }}\n', "offer.md:7"),
    "a broken expression": ('---\nsubject: "Hello"\npreheader: x\n---\n{% if %}\n', "offer.md:5"),
}


def test_a_wrong_setting_stops_the_start_and_is_named(stack: Deployment) -> None:
    given = [part for name, value in WRONG.items() for part in ("-e", f"{name}={value}")]
    tried = stack.compose.once(*given, "init")
    assert tried.returncode == 1
    assert [line.split(":")[0] for line in tried.stderr.splitlines() if " example " in line] == [*WRONG]
    assert "secret-of-somebody" not in tried.stderr


@pytest.mark.parametrize(("mail", "place"), UNSOUND.values(), ids=UNSOUND)
def test_an_unsound_mail_stops_the_registration_and_is_named(
    stack: Deployment, tmp_path: Path, mail: str, place: str
) -> None:
    (tmp_path / "offer.md").write_text(mail)
    tried = stack.compose.once("--volume", f"{tmp_path}/offer.md:{MAILS}/offer.md:ro", "register")
    assert tried.returncode == 1
    assert place in tried.stderr
