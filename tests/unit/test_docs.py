"""What the documents say is what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from flows.adapters.campaign_files import read_campaigns
from flows.domain.answers import Answers
from flows.domain.identity import deployment_id, flow_id
from flows.settings import Settings
from services.cli.__main__ import app

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
WEBSITE = (ROOT / "docs/website.md").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())

#: Set by the compose file itself, and nobody's business.
INTERNAL = {"LEDGER_HOST", "LEDGER_PORT", "LEDGER_NAME", "LEDGER_USER", "LEDGER_PASSWORD", "LINK_KEY"}
SETTINGS = {name.upper() for name in Settings.model_fields} - INTERNAL
GIVEN = dict(re.findall(r"^([A-Z0-9_]+)=(.*)$", EXAMPLE, re.MULTILINE))


def test_the_example_names_every_setting_once() -> None:
    assert GIVEN.keys() == SETTINGS
    assert len(re.findall(r"^[A-Z0-9_]+=", EXAMPLE, re.MULTILINE)) == len(GIVEN)


def test_the_readme_names_every_setting() -> None:
    named = set(re.findall(r"`([A-Z][A-Z0-9_]+)`", README.split("**Settings**")[1].split("**Notion**")[0]))
    assert named == SETTINGS


def test_the_page_on_websites_names_settings_and_defaults_that_exist() -> None:
    assert set(re.findall(r"`([A-Z][A-Z0-9_]+)`", WEBSITE)) <= SETTINGS
    shown = dict(re.findall(r"\| (\d+) \| `([A-Z_]+)` \|", WEBSITE))
    assert {name: GIVEN[name] for name in shown.values()} == {name: most for most, name in shown.items()}
    assert str(flow_id("christmas-signup-handler")) in WEBSITE


def test_the_first_service_is_given_every_setting_so_that_it_can_refuse_a_wrong_one() -> None:
    given = COMPOSE["services"]["init"]["environment"]
    assert {name for name in given if not name.endswith("_FILE")} == SETTINGS


@pytest.mark.parametrize("name", sorted(SETTINGS))
def test_the_example_shows_the_default(name: str) -> None:
    default = Settings.model_fields[name.lower()].default
    assert GIVEN[name] == ("" if default is None else str(default))


def test_the_example_is_a_sound_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in GIVEN.items():
        monkeypatch.setenv(name, value)
    assert Settings() == Settings()


def test_the_readme_has_the_ids_that_follow_from_the_flows_names() -> None:
    for campaign in read_campaigns().values():
        row = f"| `{campaign.flow}` | `{flow_id(campaign.flow)}` | `{deployment_id(campaign.flow)}` |"
        assert row in README


def test_every_verb_of_the_readme_is_in_the_makefile() -> None:
    verbs = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"(?:^|`)make ([a-z]+)", README, re.MULTILINE)) <= set(verbs)


def test_every_command_of_the_documents_is_one_of_campaigns() -> None:
    known = {command.name for command in app.registered_commands} | {
        one.name for one in app.registered_groups
    }
    pages = README, (ROOT / "docs/campaign.md").read_text(), (ROOT / "CONTRIBUTING.md").read_text()
    said = re.compile(r"(?:`campaigns|worker campaigns|cli) ([a-z-]+)")
    named = {name for page in pages for name in said.findall(page)}
    cells = re.findall(r"^\| … (.*?) \|", README, re.MULTILINE)
    listed = {name for cell in cells for name in re.findall(r"`([a-z-]+)", cell)}
    assert listed == known - {"after-restore"}  # `make restore` runs it
    assert named <= known


def test_the_page_on_backups_names_what_there_is() -> None:
    page = (ROOT / "docs/backup.md").read_text()
    verbs = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert set(re.findall(r"`make ([a-z]+)", page)) == {"backup", "restore"} <= set(verbs)
    named = set(re.findall(r"`([A-Z]+_[A-Z_]+)`", page))
    assert {name for name in SETTINGS if "KEEP" in name or "BACKUP" in name} <= named <= SETTINGS


def test_the_first_signup_of_the_readme_fits_its_campaign() -> None:
    body = yaml.safe_load(re.search(r"-d '(\{.*?\})'", README, re.DOTALL)[1])  # type: ignore[index]
    campaign = read_campaigns()["christmas"]
    assert body["flow_id"] == str(campaign.flow_id)
    assert Answers(campaign).check(body["parameters"])


def test_no_document_names_a_secret_that_works() -> None:
    for name in (
        "INTAKE_TOKEN",
        "RESEND_API_KEY",
        "NOTION_TOKEN",
        *(n for n in GIVEN if n.endswith("_SECRET")),
    ):
        assert GIVEN[name] == ""
