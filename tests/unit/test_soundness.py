"""Everything that is wrong with the campaigns, at once."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from flows.adapters.campaign_files import CAMPAIGNS
from flows.settings import Settings
from flows.soundness import everything_wrong

PREVIEW = Settings()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Our christmas campaign, twice: the second one of another name with a flow of its own."""
    shutil.copytree(CAMPAIGNS / "christmas", tmp_path / "christmas")
    shutil.copy(CAMPAIGNS / "layout.mjml", tmp_path)
    shutil.copytree(tmp_path / "christmas", tmp_path / "easter")
    change(tmp_path / "easter/campaign.yaml", "christmas-signup-handler", "easter-signup")
    return tmp_path


def change(file: Path, right: str, wrong: str) -> None:
    assert right in file.read_text("utf-8")
    file.write_text(file.read_text("utf-8").replace(right, wrong, 1), "utf-8")


def places(problems: list[str]) -> list[str]:
    return [problem.split(":")[0] for problem in problems]


def test_what_is_sound_has_nothing_wrong(root: Path) -> None:
    assert everything_wrong(PREVIEW, root) == []


def test_a_broken_file_hides_no_other(root: Path) -> None:
    change(root / "christmas/campaign.yaml", "version: 1", "version: one")
    change(root / "christmas/mails/offer.md", "preheader", "preheadr")
    change(root / "easter/mails/offer.md", "---", "--")
    change(root / "easter/mails/welcome.md", "Thank you", "{{ frist_name }}")
    found = everything_wrong(PREVIEW, root)
    assert places(found) == [
        "christmas/campaign.yaml", "christmas/mails/offer.md", "easter/mails/offer.md", "easter/mails/welcome.md",
    ]  # fmt: skip
    assert "did you mean `preheader`?" in found[1]
    assert "did you mean `first_name`?" in found[3]


def test_a_missing_layout_hides_no_broken_file(root: Path) -> None:
    (root / "layout.mjml").unlink()
    change(root / "easter/campaign.yaml", "steps:", "stpes:")
    found = everything_wrong(PREVIEW, root)
    assert places(found) == ["layout.mjml", "easter/campaign.yaml", "easter/campaign.yaml"]
    assert any("did you mean `steps`?" in problem for problem in found)


def test_one_flow_in_two_campaigns_is_told(root: Path) -> None:
    change(root / "easter/campaign.yaml", "easter-signup", "christmas-signup-handler")
    assert everything_wrong(PREVIEW, root) == [
        "easter/campaign.yaml:2: `christmas-signup-handler` is the flow of christmas already; give each campaign its own"
    ]


def test_what_real_mail_needs_is_wrong_only_where_real_mail_leaves(root: Path) -> None:
    shutil.rmtree(root / "easter")
    real = Settings(resend_api_key="re_test")  # type: ignore[arg-type]
    told = everything_wrong(real, root)
    assert [problem.split(" ")[1] for problem in told[:3]] == ["`signature`", "`booking_link`", "`offer`"]
    assert [problem.split(" ")[0] for problem in told[3:]] == ["MAIL_FROM", "POSTAL_ADDRESS"]


def test_no_campaign_at_all_is_told_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "layout.mjml").write_text("<mjml></mjml>")
    [problem] = everything_wrong(PREVIEW, tmp_path)
    assert problem.endswith("there is no campaign; make one: campaigns new NAME")


def test_an_end_of_a_campaign_that_does_not_exist_is_told(root: Path) -> None:
    change(root / "easter/campaign.yaml", "ends_on:", "ends: [chrismas]\nends_on:")
    [told] = everything_wrong(PREVIEW, root)
    assert told == "easter/campaign.yaml:7: there is no campaign `chrismas` to end; did you mean `christmas`?"


def test_the_end_of_a_campaign_that_is_broken_is_no_second_mistake(root: Path) -> None:
    change(root / "easter/campaign.yaml", "ends_on:", "ends: [christmas]\nends_on:")
    change(root / "christmas/campaign.yaml", "version: 1", "version: one")
    assert places(everything_wrong(PREVIEW, root)) == ["christmas/campaign.yaml"]


def test_every_campaign_of_ours_is_sound() -> None:
    assert everything_wrong(PREVIEW) == []
