"""The files of a campaign: what is wrong in them is told with file and line, all of it at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.adapters.campaign_files import (
    CAMPAIGNS,
    UnsoundCampaign,
    read_campaign,
    read_campaigns,
    read_layout,
    read_templates,
)

CAMPAIGN = """\
flow: spring-signup
title: Spring
version: 1
parameters:
  email: {type: string, format: email}
  red:
    type: integer
segments:
  HOT: red >= 2
  ALL: true
steps:
  - {mail: welcome, after: 0}
  - mail: more
    after: 1d
"""
MAIL = "---\nsubject: Hello\n---\nGood day.\n"


def spring(root: Path, campaign: str = CAMPAIGN, **mails: str) -> Path:
    directory = root / "spring"
    (directory / "mails").mkdir(parents=True)
    (directory / "campaign.yaml").write_text(campaign, "utf-8")
    for name, text in mails.items():
        (directory / f"mails/{name}.md").write_text(text, "utf-8")
    return directory


def campaign_problems(root: Path, text: str) -> list[str]:
    with pytest.raises(UnsoundCampaign) as refusal:
        read_campaign(spring(root, text))
    return refusal.value.problems


def test_a_campaign_is_called_after_its_directory(tmp_path: Path) -> None:
    spring(tmp_path)
    assert {name: campaign.flow for name, campaign in read_campaigns(tmp_path).items()} == {
        "spring": "spring-signup"
    }


def test_a_campaign_knows_its_lines(tmp_path: Path) -> None:
    campaign = read_campaign(spring(tmp_path))
    assert [campaign.line("flow"), campaign.line("steps", 1, "mail"), campaign.line("steps", 0)] == [
        1,
        13,
        12,
    ]
    assert campaign.line("parameters", "red", "nothing", 3) == 6


@pytest.mark.parametrize(
    ("right", "wrong", "line", "saying"),
    [
        (
            "type: integer",
            "type: int",
            7,
            "`parameters.red.type` is wrong: Input should be 'string', 'integer', 'number' or 'boolean'; did you mean `integer`?",
        ),
        (
            "    type: integer",
            "    type: integer\n    minimun: 3",
            8,
            "`parameters.red.minimun` does not belong here; did you mean `minimum`?",
        ),
        (
            "HOT: red >= 2",
            "HOT: blue >= 2",
            9,
            "`segments.HOT` is wrong: it uses `blue`, which no parameter is called; there is email, red",
        ),
        ("HOT: red >= 2", "HOT: redd >= 2", 9, "did you mean `red`?"),
        ("after: 1d", "after: 1 day", 14, "`steps.after` is wrong: write a delay"),
        (
            "after: 1d",
            "after: 1d\n    segments: [COLD]",
            15,
            "`COLD` is no segment of this campaign; there is ALL, HOT",
        ),
        ("after: 1d", "after: 1d\n    segments: [hot]", 15, "did you mean `HOT`?"),
        ("version: 1", "version: 1\nnotify: [hot]", 4, "did you mean `HOT`?"),
        ("version: 1", "versoin: 1\nversion: 1", 3, "did you mean `version`?"),
        (
            "    after: 1d",
            "    aftr: 1h\n    after: 1d",
            14,
            "`steps.aftr` does not belong here; did you mean `after`?",
        ),
        ("title: Spring\n", "", 1, "`title` is missing; add it"),
        ("    after: 1d\n", "", 13, "`steps.after` is missing; add it"),
        ("title: Spring", "title: Spring: it is here", 2, "this is not YAML"),
        ("title: Spring", "title: {{ x }}", 2, "double quotes"),
        ("title: Spring", "title: *x", 2, "aliases are not used here"),
        ("title: Spring", "title: Spring\ntitle: Autumn", 3, "`title` stands here twice"),
        ("title: Spring", "title: Spring\nname: autumn", 1, "its name is the directory's"),
        ("title: Spring", "title: \x07", 1, "this is not YAML"),
        (CAMPAIGN, "", 1, "a campaign is `key: value` lines"),
        (CAMPAIGN, "- flow", 1, "a campaign is `key: value` lines"),
    ],
)
def test_a_wrong_campaign_is_refused_with_its_line(
    tmp_path: Path, right: str, wrong: str, line: int, saying: str
) -> None:
    [problem] = campaign_problems(tmp_path, CAMPAIGN.replace(right, wrong))
    assert problem.startswith(f"spring/campaign.yaml:{line}: ")
    assert saying in problem


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    spring(tmp_path, CAMPAIGN.replace("title: Spring\n", "").replace("1d", "1w") + "x: 1\n")
    with pytest.raises(UnsoundCampaign) as refusal:
        read_campaigns(tmp_path)
    assert [problem.split(": ")[1] for problem in refusal.value.problems] == [
        "`title` is missing; add it", "`steps.after` is wrong", "`x` does not belong here; there is consent, double_opt_in, ends, ends_on, flow, language, notify, parameters, reply_to, rules, segments, starts_on, steps, title, values, version, window",
    ]  # fmt: skip


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_a_campaign_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None) -> None:
    (tmp_path / "spring").mkdir()
    if content:
        (tmp_path / "spring/campaign.yaml").write_bytes(content)
    with pytest.raises(UnsoundCampaign, match=r"spring/campaign\.yaml:1: it cannot be read"):
        read_campaigns(tmp_path)


def test_two_campaigns_cannot_share_a_flow(tmp_path: Path) -> None:
    spring(tmp_path)
    spring(tmp_path / "x").rename(tmp_path / "autumn")
    (tmp_path / "x").rmdir()
    with pytest.raises(
        UnsoundCampaign, match=r"spring/campaign\.yaml:1: `spring-signup` is the flow of autumn already"
    ):
        read_campaigns(tmp_path)


def test_no_campaign_at_all_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnsoundCampaign, match="there is no campaign"):
        read_campaigns(tmp_path / "nowhere")


def test_every_mail_of_the_directory_is_read(tmp_path: Path) -> None:
    directory = spring(tmp_path, welcome=MAIL, more=MAIL)
    mails = read_templates(directory)
    assert {name: mail.path for name, mail in mails.items()} == {
        "more": "spring/mails/more.md",
        "welcome": "spring/mails/welcome.md",
    }


def test_every_wrong_mail_is_named(tmp_path: Path) -> None:
    directory = spring(tmp_path, welcome="x", more="y", fine=MAIL)
    with pytest.raises(UnsoundCampaign) as refusal:
        read_templates(directory)
    assert [problem.split(":")[0] for problem in refusal.value.problems] == [
        "spring/mails/more.md",
        "spring/mails/welcome.md",
    ]


def test_a_missing_layout_is_named(tmp_path: Path) -> None:
    assert "<mjml" in read_layout(CAMPAIGNS)
    with pytest.raises(UnsoundCampaign, match=r"layout\.mjml:1: it cannot be read"):
        read_layout(tmp_path)


def test_an_end_of_a_campaign_that_does_not_exist_is_refused(tmp_path: Path) -> None:
    spring(tmp_path, CAMPAIGN + "ends: [autumn]\n")
    with pytest.raises(
        UnsoundCampaign, match=r"spring/campaign\.yaml:15: there is no campaign `autumn` to end"
    ):
        read_campaigns(tmp_path)
