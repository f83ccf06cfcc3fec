"""`examples/website`: its own tests, its types, and its server before the real intake."""

from __future__ import annotations

import json
import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from flows.adapters.campaign_files import read_campaigns
from services.local.stack import free_port
from tests.conftest import Ledger
from tests.example_site import LEAST, ROOT, SITE, SYSTEMS, example_site, program
from tests.web_site import running_site

ANNA = {
    "key": "form-1", "email": "anna@example.com", "first_name": "Anna", "business_name": "Anna Bakes",
    "revenue_leak_total": "24000", "direction": "red", "money": "orange",
}  # fmt: skip
FILLED = dict.fromkeys(SYSTEMS, "green") | ANNA
TOKEN = "t" * 20


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=SITE, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def _packages() -> None:
    """What the lock names, in `node_modules`; once, until the lock changes."""
    npm, lock = program("npm"), SITE / "package-lock.json"
    installed = SITE / "node_modules/.package-lock.json"
    if installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime:
        return
    done = run(npm, "ci", "--silent")
    if done.returncode:
        pytest.skip(f"npm ci found no packages: {done.stderr.strip()[-200:]}")


@pytest.fixture
def site(ledger: Ledger) -> Iterator[httpx.Client]:
    """The site, with a token, before the intake that wants it."""
    with (
        running_site(ledger, intake_token=TOKEN) as intake,
        example_site(free_port(), str(intake.base_url), INTAKE_TOKEN=TOKEN) as url,
        httpx.Client(base_url=url) as visitor,
    ):
        yield visitor


@pytest.fixture
def filled(site: httpx.Client) -> dict[str, str]:
    """The form, opened and filled in by somebody who reads it."""
    opened = re.findall(r'name="opened" value="([^"]+)"', site.get("/").text)[0]
    time.sleep(LEAST)
    return FILLED | {"opened": opened}


def signups(ledger: Ledger) -> list[dict[str, object]]:
    with ledger.connect("server") as connection:
        return [row[0] for row in connection.execute("SELECT parameters FROM signup").fetchall()]


def test_the_code_of_the_website_passes_its_own_tests() -> None:
    done = run(program("node"), "--test", *sorted(str(path) for path in SITE.glob("test/*.test.js")))
    assert not done.returncode, done.stdout[-4000:]


def test_the_box_has_the_very_words_of_the_campaign() -> None:
    show = "import { CONSENT } from './src/assessment.js'; console.log(JSON.stringify(CONSENT))"
    box = json.loads(run(program("node"), "--input-type=module", "--eval", show).stdout)
    consent = read_campaigns()["christmas"].consent
    assert consent
    assert box["words"] == consent.wordings[box["wording"]]


@pytest.mark.usefixtures("_packages")
def test_the_types_are_those_of_the_published_description(tmp_path: Path) -> None:
    made = tmp_path / "public-api.d.ts"
    done = run("node_modules/.bin/openapi-typescript", str(ROOT / "docs/openapi.json"), "--output", str(made))
    assert not done.returncode, done.stderr
    assert made.read_text() == (SITE / "src/public-api.d.ts").read_text()


@pytest.mark.usefixtures("_packages")
def test_typescript_finds_nothing_wrong_with_the_website() -> None:
    done = run("node_modules/.bin/tsc")
    assert not done.returncode, done.stdout


@pytest.mark.usefixtures("_packages")
@pytest.mark.parametrize("wrong", ['red_systems: "1"', "colour: 1", "email: null", "red_systemz: 1"])
def test_typescript_knows_what_the_campaign_takes(tmp_path: Path, wrong: str) -> None:
    code = tmp_path / "wrong.ts"
    code.write_text(
        f'import type {{ components }} from "{SITE}/src/public-api.js";\n'
        "const right: components['schemas']['ChristmasParameters'] = { email: '', first_name: '', business_name: '', "
        "assessment_score: 1, red_systems: 1, orange_systems: 1, yellow_systems: 1, green_systems: 1 };\n"
        f"export const wrong: components['schemas']['ChristmasParameters'] = {{ ...right, {wrong} }};\n"
    )
    done = run("node_modules/.bin/tsc", "--strict", "--noEmit", "--module", "nodenext", str(code))
    assert re.findall(r"wrong\.ts\((\d+),", done.stdout) == ["3"], done.stdout


def test_the_readme_has_the_code_of_the_website() -> None:
    """But for the comments that hold its types."""
    shown = re.search(
        r"```js\n(export async function signUp.*?)```", (ROOT / "README.md").read_text(), re.DOTALL
    )
    assert shown
    code = re.sub(r"(?ms)^/\*\*.*?\*/\n", "", (SITE / "src/sign-up.js").read_text())
    assert shown[1].strip() == code.strip()


def test_no_registry_is_named_in_the_lock() -> None:
    lock = json.loads((SITE / "package-lock.json").read_text())
    assert [name for name, package in lock["packages"].items() if "resolved" in package] == []


def test_the_sites_server_signs_up_once_with_the_token(
    site: httpx.Client, ledger: Ledger, filled: dict[str, str]
) -> None:
    answers = [site.post("/", data=filled) for _ in range(2)]
    assert [(one.status_code, one.headers["Location"]) for one in answers] == [(303, "/thanks")] * 2
    [parameters] = signups(ledger)
    assert len(parameters) == 14
    assert parameters["weakest_system_1"] == "Direction"
    assert (parameters["red_systems"], parameters["green_systems"]) == (1, 6)


def test_a_ticked_box_becomes_the_consent_word_for_word_and_a_second_click_nothing(
    site: httpx.Client, ledger: Ledger, filled: dict[str, str]
) -> None:
    page = str(site.base_url)
    ticked = filled | {"consent": "2026-11"}
    answers = [site.post("/", data=ticked, headers={"Referer": page}).status_code for _ in range(2)]
    assert answers == [303, 303]
    with ledger.connect("server") as connection:
        [(consent,)] = connection.execute("SELECT consent FROM signup").fetchall()
    assert consent["words"].startswith("Yes, send me my results")
    assert (consent["wording"], consent["page"]) == ("2026-11", page)


def test_a_form_that_comes_back_at_once_signs_nobody_up(site: httpx.Client, ledger: Ledger) -> None:
    answer = site.post("/", data=FILLED)
    assert (answer.status_code, "quicker than we can read" in answer.text) == (422, True)
    assert signups(ledger) == []


def test_the_real_intakes_sentence_stands_beside_the_field(
    site: httpx.Client, ledger: Ledger, filled: dict[str, str]
) -> None:
    answer = site.post("/", data=filled | {"email": "anna@example", "first_name": " "})
    errors = dict(re.findall(r'id="(\w+)-error"[^>]*>([^<]+)<', answer.text))
    assert answer.status_code == 422
    assert errors.keys() == {"email", "first_name"}
    assert errors["email"].startswith("Not a valid email address: ")
    assert signups(ledger) == []


def test_changed_answers_under_a_used_key_are_asked_about_and_not_lost(
    site: httpx.Client, ledger: Ledger, filled: dict[str, str]
) -> None:
    site.post("/", data=filled)
    changed = filled | {"email": "other@example.com"}
    asked = site.post("/", data=changed)
    key = re.findall(r'name="key" value="([^"]+)"', asked.text)[0]
    assert asked.status_code == 409
    assert site.post("/", data=changed | {"key": key}).status_code == 303
    assert {row["email"] for row in signups(ledger)} == {"anna@example.com", "other@example.com"}
