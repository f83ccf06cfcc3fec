"""`new`, `check` and `preview` as somebody runs them who writes campaigns: no settings, no server, no terminal."""

from __future__ import annotations

import json
import re
from html import unescape
from pathlib import Path

import pytest
from click.testing import Result
from typer.testing import CliRunner

from flows.adapters.campaign_files import CAMPAIGNS
from services.cli.__main__ import app


def run(*arguments: str) -> Result:
    return CliRunner().invoke(app, arguments)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "layout.mjml").write_text((CAMPAIGNS / "layout.mjml").read_text("utf-8"), "utf-8")
    return tmp_path


def made(root: Path, *options: str) -> Result:
    return run("new", "spring", "--directory", str(root), *options)


def change(file: Path, right: str, wrong: str) -> None:
    assert right in file.read_text("utf-8")
    file.write_text(file.read_text("utf-8").replace(right, wrong), "utf-8")


def preview(root: Path, *options: str) -> Result:
    return run("preview", "spring", "--directory", str(root), "--no-spam", *options)


def test_a_new_campaign_is_sound_at_once_and_can_be_looked_at(root: Path) -> None:
    assert made(root).exit_code == 0
    assert run("check", "--directory", str(root)).output == "Everything is sound.\n"
    told = preview(root, "--output", str(root / "spring.html"))
    assert (told.exit_code, "4 mails in " in told.output) == (0, True)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ("--days", "0, 90m, 2d 12h"),
            '  - {mail: mail-2, after: "90m"}\n  - {mail: good-bye, after: "2d 12h"}\n',
        ),
        (("--title", 'A "b": #c'), 'title: "A \\"b\\": #c"'),
        (("--signature", "Anna\nGalatek"), 'signature: "Anna\\nGalatek"'),
        (("--flow", "spring-2027"), 'flow: "spring-2027"'),
        (("--reason", "You asked — für dich."), 'reason: "You asked — für dich."'),
        (("--language", "de"), 'language: "de"'),
    ],
)
def test_every_answer_of_a_new_campaign_is_also_an_option(
    root: Path, options: tuple[str, ...], said: str
) -> None:
    assert made(root, *options).exit_code == 0
    assert said in (root / "spring/campaign.yaml").read_text("utf-8")


@pytest.mark.parametrize(
    ("options", "saying"),
    [
        (("--days", "0, 1x"), "write a delay"),
        (("--days", ""), "steps"),
        (("--flow", "Spring"), "`flow` is wrong"),
        (("--language", "English"), "`language` is wrong"),
    ],
)
def test_a_campaign_that_would_not_be_sound_is_not_written(
    root: Path, options: tuple[str, ...], saying: str
) -> None:
    refused = made(root, *options)
    assert saying in str(refused.exception)
    assert sorted(path.name for path in root.iterdir()) == ["layout.mjml"]


def test_nothing_that_is_there_is_overwritten(root: Path) -> None:
    made(root)
    assert "is there already" in str(made(root, "--title", "Other").exception)
    assert "Other" not in (root / "spring/campaign.yaml").read_text("utf-8")


def test_a_flow_that_another_campaign_has_is_refused(root: Path) -> None:
    made(root)
    refused = run("new", "summer", "--flow", "spring-signup", "--directory", str(root))
    assert "is the flow of spring already" in str(refused.exception)


@pytest.mark.parametrize("name", ["Spring", "../x", "a b", ".x"])
def test_a_name_that_is_no_directorys_is_refused(root: Path, name: str) -> None:
    assert "is no name" in str(run("new", name, "--directory", str(root)).exception)


def test_no_real_mail_of_a_new_campaign_leaves_before_its_words_are_somebodys_own(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(root, "--signature", "Anna")
    monkeypatch.setenv("RESEND_API_KEY", "re_test")
    assert "`draft` is still a placeholder" in run("check", "--directory", str(root)).output


def test_check_says_all_that_is_wrong_and_ends_with_1(root: Path) -> None:
    made(root)
    (root / "spring/mails/welcome.md").write_text(
        "---\nsubject: Hi {{ frist_name }}\n---\nGood day.\n", "utf-8"
    )
    (root / "spring/mails/mail-2.md").unlink()
    told = run("check", "--directory", str(root), "--json")
    assert told.exit_code == 1
    one, other = json.loads(told.output)
    assert (one["file"], one["line"]) == ("spring/campaign.yaml", 19)
    assert other == {
        "file": "spring/mails/welcome.md", "line": 2, "problem": "nothing is called `frist_name`; did you mean `first_name`?",
    }  # fmt: skip


def test_a_sound_campaign_is_an_empty_list_for_a_program(root: Path) -> None:
    made(root)
    assert run("check", "--directory", str(root), "--json").output == "[]\n"


def test_a_preview_shows_subject_preheader_text_links_day_and_all_three_looks(root: Path) -> None:
    made(root)
    page = preview(root, "--output", "-").stdout
    for part in ("Anna, thank you for signing up", "What you get, and when.", "Hi Anna,", "3 days after the signup",
                 "https://example.com/unsubscribe/preview", "EVERYBODY", "says only what is required"):  # fmt: skip
        assert part in page
    assert page.count("<iframe") % 3 == 0
    assert page.count("Telephone, 320 px</figcaption>") == page.count('<details class="mail"') > 4


def test_a_preview_loads_nothing_from_elsewhere_and_runs_nothing(root: Path) -> None:
    made(root)
    page = preview(root, "--output", "-").stdout
    frames = [unescape(frame) for frame in re.findall(r'srcdoc="([^"]*)"', page)]
    assert frames
    for part in [re.sub(r'srcdoc="[^"]*"', "", page), *frames]:
        assert not re.search(r"<script|\bsrc=|\burl\(|@import|\bon\w+=", part)
    assert page.count("<iframe sandbox ") == page.count("<iframe")
    assert "default-src 'none'" in page


def test_a_preview_of_a_broken_campaign_says_what_is_wrong_and_shows_the_rest(root: Path) -> None:
    made(root)
    (root / "spring/mails/welcome.md").write_text("---\nsubject: x\n---\n{{ frist_name }}\n", "utf-8")
    told = preview(root, "--output", "-")
    assert told.exit_code == 1
    assert "did you mean <code>first_name</code>?" in told.stdout
    assert "One idea for this week" in told.stdout


def test_what_fails_for_one_of_the_previews_people_only_is_told(root: Path) -> None:
    made(root)
    change(root / "spring/campaign.yaml", "examples: [Anna]", "examples: [Bea]")
    mail = root / "spring/mails/welcome.md"
    mail.write_text(
        mail.read_text("utf-8") + "\n{% if first_name == 'Bea' %}{{ 1 / 0 }}{% endif %}\n", "utf-8"
    )
    assert run("check", "--directory", str(root)).exit_code == 0
    told = preview(root, "--output", "-")
    assert told.exit_code == 1
    assert "spring/mails/welcome.md:11: the template fails with ZeroDivisionError" in told.stdout


def test_a_warning_is_counted_where_it_is_looked_for(root: Path) -> None:
    made(root)
    mail = root / "spring/mails/welcome.md"
    mail.write_text(
        mail.read_text("utf-8").replace("for signing up{% else", f"for {'x' * 60}{{% else"), "utf-8"
    )
    told = preview(root, "--output", str(root / "spring.html"))
    assert "1 with warnings, 0 problems" in told.output
    assert "The subject has 80 characters" in (root / "spring.html").read_text("utf-8")


def test_where_no_file_can_be_written_the_preview_says_what_can_be_done(root: Path) -> None:
    made(root)
    (root / "taken").write_text("")
    refused = preview(root, "--output", str(root / "taken/spring.html"))
    assert "or - for standard output" in str(refused.exception)


def test_a_campaign_that_does_not_exist_is_guessed(root: Path) -> None:
    made(root)
    refused = run("preview", "sprign", "--directory", str(root))
    assert str(refused.exception) == "There is no campaign `sprign`; did you mean `spring`?"


@pytest.mark.parametrize("command", ["new", "check", "preview", "send-test", "schema"])
def test_every_command_has_an_example_in_its_help(command: str) -> None:
    assert f"Example: campaigns {command}" in run(command, "--help").output
