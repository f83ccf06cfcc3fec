"""What stops a start: a wrong `.env` and an unsound campaign, each with a sentence that says where."""

from __future__ import annotations

from pathlib import Path

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
    "INTAKE_PER_ADDRESS_PER_DAY": "none",
    "DOCKER_IPV6": "perhaps",
    "WORKER": "fast",
}

MAILS = "/app/flows/campaigns/christmas/mails"
FRONT = '---\nsubject: "Hello"\npreheader: x\n---\n'
#: A mail's file → what it holds, and the line that is named.
UNSOUND = {
    "offer.md": (FRONT, 5),
    "direction.md": (FRONT + "first\n\n{{ nobody }}\n", 7),
    "marketing.md": (FRONT + "{% if %}\n", 5),
}


def test_a_wrong_setting_stops_the_start_and_is_named(stack: Deployment) -> None:
    given = [part for name, value in WRONG.items() for part in ("-e", f"{name}={value}")]
    tried = stack.compose.once(*given, "init")
    assert tried.returncode == 1
    assert {line.split(":")[0] for line in tried.stderr.splitlines() if "For example" in line} == {*WRONG}
    assert "secret-of-somebody" not in tried.stderr


def test_an_unsound_mail_stops_the_registration_and_is_named(stack: Deployment, tmp_path: Path) -> None:
    mounts = []
    for name, (content, _) in UNSOUND.items():
        (tmp_path / name).write_text(content)
        mounts += ["--volume", f"{tmp_path / name}:{MAILS}/{name}:ro"]
    tried = stack.compose.once(*mounts, "register")
    assert tried.returncode == 1
    assert [name for name, (_, line) in UNSOUND.items() if f"mails/{name}:{line}: " not in tried.stderr] == []
