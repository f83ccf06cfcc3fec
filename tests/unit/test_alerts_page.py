"""The page on alerts has what there is: every alert, the settings, the thresholds, the commands."""

from __future__ import annotations

import re
from pathlib import Path

from flows.checkup import certificate, house
from flows.domain import alarms
from flows.settings import Settings
from services.cli.__main__ import app
from services.server.guard import SILENT
from services.server.planner import LOOK_EVERY

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/alerts.md").read_text()
RULES = (ROOT / "flows/domain/alarms.py").read_text()
ALERTS = dict(re.findall(r"^\| `([^`]+)` \| (.+?) \| .+ \|$", PAGE.split("## The alerts")[1], re.MULTILINE))


def test_every_alert_has_a_row() -> None:
    lines = set(re.findall(r'(?:fail|warn)\("(\w+)"', RULES)) | {"silent: NAME", "disk", "certificate"}
    assert ALERTS.keys() == lines


def test_the_thresholds_are_those_of_the_code() -> None:
    assert f"{100 * alarms.COMPLAINTS_WARN:.1f} % or more" in ALERTS["complaints"]
    assert f"by {alarms.COMPLAINTS_AT_LEAST} people" in ALERTS["complaints"]
    assert f"{100 * alarms.COMPLAINTS_BRAKE:.1f} % or more" in ALERTS["brake"]
    assert (
        f"{alarms.BRAKE_COMPLAINTS_AT_LEAST} people at least, of {alarms.BRAKE_SENT_AT_LEAST} mails"
        in ALERTS["brake"]
    )
    assert (
        f"{100 * alarms.BOUNCES_WARN:.0f} % or more bounced, {alarms.BOUNCES_AT_LEAST} at least"
        in ALERTS["bounces"]
    )
    assert f"{alarms.RATES_OVER.days} days" in ALERTS["bounces"]
    assert f"less than {house.LITTLE // 2**30} GiB" in ALERTS["disk"]
    assert (certificate.LITTLE, certificate.TOO_LITTLE) == (1 / 6, 1 / 15)
    assert (SILENT.total_seconds(), LOOK_EVERY) == (50 * 60, 15)


def test_its_settings_and_commands_exist() -> None:
    settings = {name.upper() for name in Settings.model_fields}
    assert set(re.findall(r"`([A-Z]+_[A-Z_]+)`", PAGE)) <= settings
    known = {command.name for command in app.registered_commands}
    assert set(re.findall(r"`campaigns ([a-z-]+)", PAGE)) <= known
