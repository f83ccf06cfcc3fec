"""The environment: each wrong value is told with a right example, and empty means not set."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.settings import Settings, WrongSetting, load

#: Anything will do for these.
FREE = {
    "resend_api_key", "notion_token", "ledger_host", "ledger_name", "ledger_user", "ledger_password",
}  # fmt: skip
WRONG = {
    "domain": ["https://prefect.galatek.dev", "prefect.galatek.dev/", "a b"],
    "acme_email": ["nobody", "anna@", "Anna <anna@galatek.dev>"],
    "acme_ca": ["acme-v02.api.letsencrypt.org", "https://ca.example/"],
    "http_port": ["0", "65536", "http", "80.5"],
    "https_port": ["-1", "443/tcp"],
    "docker_ipv6": ["yes", "1"],
    "allowed_origins": ["galatek.dev", "https://galatek.dev/", "*", "https://a.dev https://b.dev", "ftp://a.dev",
        'https://a.dev"', "https://{a}"],
    "trusted_proxies": ["everybody", "10.0.0.0/33", "10.0.0.1/8", "10.0.0.0/8,172.16.0.0/12"],
    "intake_token": ["short"],
    "intake_per_minute": ["0", "10001", "many"],
    "intake_per_minute_total": ["0", "1000001", "1.5"],
    "intake_per_address_per_day": ["0", "10001", "-1"],
    "intake_per_hour_total": ["0", "100000001", "lots"],
    "resend_api_url": ["api.resend.com", "https://api.resend.com/"],
    "resend_webhook_secret": ["secret"],
    "cal_webhook_secret": ["short"],
    "calendly_webhook_secret": ["short"],
    "resend_per_second": ["0", "-1", "1001", "nan", "inf", "two"],
    "mails_per_week": ["-1", "1001", "few"],
    "mail_from": ["Anna", "<anna@galatek.dev>", "Anna <anna>", "Anna <anna@galatek>"],
    "mail_reply_to": ["Anna", "anna at galatek.dev"],
    "postal_address": ["here"],
    "operator_email": ["nobody", "Anna <anna@galatek.dev>"],
    "digest_at": ["7", "24:00", "07:60", "never"],
    "alert_webhook_url": ["hooks.slack.com/services/x"],
    "heartbeat_url": ["hc-ping.com/x"],
    "notion_database_id": ["0123", "z" * 32, "https://notion.so/0123456789abcdef0123456789abcdef"],
    "notion_api_url": ["ftp://api.notion.com"],
    "timezone": ["Berlin", "CET+1", "europe/berlin", "../UTC"],
    "worker": ["cold", "WARM"],
    "backup_every_hours": ["0", "169", "daily"],
    "backup_keep": ["0", "10001", "all"],
    "answers_keep_days": ["29", "36501", "for ever"],
    "runs_keep_days": ["0", "3651", "30d"],
    "ledger_port": ["postgres"],
    "link_key": ["k" * 31],
}  # fmt: skip


def example(name: str) -> str:
    [right] = Settings.model_fields[name].examples or []
    return str(right)


def refusal() -> str:
    with pytest.raises(WrongSetting) as refused:
        load()
    return str(refused.value)


def test_every_setting_has_a_wrong_value_here_or_cannot_be_wrong() -> None:
    assert WRONG.keys() | FREE == set(Settings.model_fields)
    assert not WRONG.keys() & FREE


@pytest.mark.parametrize(("name", "value"), [(name, value) for name in WRONG for value in WRONG[name]])
def test_a_wrong_value_is_told_with_the_setting_and_a_right_example(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name.upper(), value)
    said = refusal()
    assert said.startswith(f"{name.upper()}: ")
    assert f"For example {name.upper()}={example(name)}" in said
    assert "\n" not in said


def test_what_is_shown_as_right_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    names = [name for name in Settings.model_fields if "made by" not in example(name)]
    for name in names:
        monkeypatch.setenv(name.upper(), example(name))
    assert set(names) <= load().model_fields_set


def test_every_wrong_setting_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MAIL_FROM", "TIMEZONE", "HTTP_PORT"):
        monkeypatch.setenv(name, "?")
    assert sorted(line.split(":")[0] for line in refusal().splitlines()) == [
        "HTTP_PORT",
        "MAIL_FROM",
        "TIMEZONE",
    ]


@pytest.mark.parametrize("name", ["intake_token", "link_key", "resend_webhook_secret", "mail_from"])
def test_a_wrong_value_itself_is_not_repeated(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv(name.upper(), "s3cr3t-word")
    assert "s3cr3t" not in refusal()


def test_an_empty_environment_is_sound_and_previews() -> None:
    assert load().preview


def test_empty_means_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.setenv(name.upper(), "")
        monkeypatch.setenv(f"{name.upper()}_FILE", "")
    assert load().model_fields_set == set()


def test_a_setting_may_stand_in_a_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("re_from_a_file\n")
    monkeypatch.setenv("RESEND_API_KEY_FILE", str(tmp_path / "key"))
    found = load()
    assert found.resend_api_key is not None
    assert found.resend_api_key.get_secret_value() == "re_from_a_file"
    assert not found.preview


def test_the_environment_wins_over_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "zone").write_text("America/New_York")
    monkeypatch.setenv("TIMEZONE_FILE", str(tmp_path / "zone"))
    assert load().timezone == "America/New_York"
    monkeypatch.setenv("TIMEZONE", "Asia/Kathmandu")
    assert load().timezone == "Asia/Kathmandu"


def test_an_empty_file_is_not_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("\n")
    monkeypatch.setenv("RESEND_API_KEY_FILE", str(tmp_path / "key"))
    assert load().preview


def test_a_wrong_value_in_a_file_is_told_like_any_other(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("short")
    monkeypatch.setenv("LINK_KEY_FILE", str(tmp_path / "key"))
    assert refusal().startswith("LINK_KEY: ")


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"], ids=["missing", "no text"])
def test_a_file_that_cannot_be_read_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "resend.key"
    if content is not None:
        path.write_bytes(content)
    monkeypatch.setenv("RESEND_API_KEY_FILE", str(path))
    said = refusal()
    assert "RESEND_API_KEY_FILE" in said
    assert str(path) in said


@pytest.mark.parametrize(
    ("domain", "port", "url"),
    [
        ("localhost", "443", "https://localhost"),
        ("prefect.galatek.dev", "8443", "https://prefect.galatek.dev:8443"),
    ],
)
def test_the_public_address_leaves_out_the_usual_port(
    monkeypatch: pytest.MonkeyPatch, domain: str, port: str, url: str
) -> None:
    monkeypatch.setenv("DOMAIN", domain)
    monkeypatch.setenv("HTTPS_PORT", port)
    assert load().public_url == url


def test_secrets_do_not_show_when_the_settings_are_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("RESEND_API_KEY", "NOTION_TOKEN", "LEDGER_PASSWORD", "LINK_KEY", "INTAKE_TOKEN"):
        monkeypatch.setenv(name, "s3cr3t" * 8)
    assert "s3cr3t" not in repr(load()) + str(load())
