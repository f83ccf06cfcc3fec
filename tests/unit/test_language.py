"""What recipients read that no campaign has written: a file for each language, whole or refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.adapters.campaign_files import UnsoundCampaign
from flows.adapters.language_files import LANGUAGES, read_languages
from flows.domain.agreement import WORDS
from flows.domain.language import MailWords

KNOWN = read_languages()
ENGLISH = (LANGUAGES / "en.yaml").read_text("utf-8")


def test_there_are_english_and_german() -> None:
    assert {"en", "de"} <= KNOWN.known.keys()


def test_no_parameter_may_have_the_name_of_a_languages_word() -> None:
    assert MailWords.model_fields.keys() == WORDS


@pytest.mark.parametrize(("code", "found"), [("de", "de"), ("en", "en"), ("fr", "en"), ("", "en")])
def test_a_campaign_without_words_in_its_language_has_english_ones(code: str, found: str) -> None:
    assert KNOWN.of(code).code == found


@pytest.mark.parametrize(
    ("accepted", "found"),
    [("de-AT,de;q=0.9,en;q=0.8", "de"), ("en;q=0.5, de", "de"), ("fr, de;q=0.2", "de"), ("fr", "en"), ("", "en"),
     ("de;q=x, en", "en"), ("*", "en"), (",;q=", "en"), ("x" * 9999, "en")],
)  # fmt: skip
def test_where_no_campaign_is_known_the_browser_says_which_language(accepted: str, found: str) -> None:
    assert KNOWN.best(accepted).code == found


@pytest.mark.parametrize(
    ("right", "wrong", "saying"),
    [
        ("  again: Try again\n", "", "fr.yaml:8: `page.again` is missing; add it"),
        ("  again:", "  agian:", "`page.agian` does not belong here; did you mean `again`?"),
        ("“{series}”\n    text: Other mails from us may still come.\n  weekly", "it\n    text: x\n  weekly", "write {series} once"),
        ("  again: Try again", "  again: Try {series}", "none is known here"),
        ("mail: #", "mail: [", "this is not YAML"),
    ],
)  # fmt: skip
def test_a_language_that_is_not_whole_is_refused_with_file_line_and_what_to_do(
    tmp_path: Path, right: str, wrong: str, saying: str
) -> None:
    assert right in ENGLISH
    (tmp_path / "en.yaml").write_text(ENGLISH, "utf-8")
    (tmp_path / "fr.yaml").write_text(ENGLISH.replace(right, wrong, 1), "utf-8")
    with pytest.raises(UnsoundCampaign) as refusal:
        read_languages(tmp_path)
    assert saying in str(refusal.value)
    assert all(problem.startswith("languages/fr.yaml:") for problem in refusal.value.problems)


def test_without_english_nothing_starts(tmp_path: Path) -> None:
    with pytest.raises(UnsoundCampaign, match=r"languages/en\.yaml:1: there is no such file"):
        read_languages(tmp_path)
