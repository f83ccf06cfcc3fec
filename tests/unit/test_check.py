"""What keeps a campaign from being registered, and that nothing keeps ours."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.adapters.campaign_files import (
    CAMPAIGNS,
    UnsoundCampaign,
    read_campaign,
    read_layout,
    read_templates,
)
from flows.domain.check import problems

CAMPAIGN = """\
flow: spring-signup
title: Spring
version: 1
parameters:
  email: {type: string, format: email}
  first_name: {type: string, maxLength: 100}
  red: {type: integer, minimum: 0, maximum: 8}
  leak: {type: number, minimum: 0, optional: true}
  goal: {type: string, enum: [grow, rest], optional: true}
segments:
  HOT: red >= 2
  ALL: true
steps:
  - {mail: welcome, after: 0}
values:
  signature: "<Your name>"
  booking_link: "<https://example.com/book>"
  reason: You asked for it.
  unsubscribe: Stop
"""
LAYOUT = read_layout(CAMPAIGNS)


def found(
    root: Path, body: str = "Good day.", *, front: str = "", campaign: str = CAMPAIGN, layout: str = LAYOUT
) -> list[str]:
    directory = root / "spring"
    (directory / "mails").mkdir(parents=True)
    (directory / "campaign.yaml").write_text(campaign, "utf-8")
    (directory / "mails/welcome.md").write_text(f"---\n{front or 'subject: Hello'}\n---\n{body}\n", "utf-8")
    read = read_campaign(directory)
    return problems(read, read_templates(directory), layout)


def test_our_campaigns_are_sound() -> None:
    for directory in sorted(CAMPAIGNS.glob("*/")):
        campaign = read_campaign(directory)
        assert problems(campaign, read_templates(directory), LAYOUT) == []


def test_a_sound_campaign_has_no_problems(tmp_path: Path) -> None:
    body = "{% if first_name %}Hi {{ first_name }},{% else %}Hello,{% endif %}\n\nNone of it: [call]({{ booking_link }})."
    front = 'subject: "{{ red }} red"\nbutton: {label: Call, link: "{{ booking_link }}"}'
    assert found(tmp_path, body.replace("[call]({{ booking_link }})", "call"), front=front) == []


@pytest.mark.parametrize(
    ("body", "line", "saying"),
    [
        ("", 4, "the body is empty"),
        (" \n\n", 4, "the body is empty"),
        ("{% if segment == 'HOT' %}\nHi\n{% endif %}", 4, "the body is empty; write something for everyone (segment ALL"),
        ("Good day.\n\n{% if red %}", 6, "correct the template"),
        ("Good day.\n\n{{ frist_name }}", 6, "nothing is called `frist_name`; did you mean `first_name`?"),
        ("Good day.\n{% if red > limit %}x{% endif %}", 5, "nothing is called `limit`"),
        ("{% if segment == 'HOT' %}\nHi\n{{ xyz }}\n{% endif %}", 6, "nothing is called `xyz`"),
        ("Good day.\n{% if segment == 'HTO' %}x{% endif %}", 5, "this is never `HTO`; did you mean `HOT`?"),
        ("Good day.\n{% if segment in ['HOT', 'COLD'] %}x{% endif %}", 5, "this is never `COLD`; there is ALL, HOT"),
        ("Good day.\n{% if 'hot' == segment %}x{% endif %}", 5, "did you mean `HOT`?"),
        ("Good day.\n{% if goal != 'gro' %}x{% endif %}", 5, "this is never `gro`; did you mean `grow`?"),
        ("Good day.\n\n{{ leak }}", 6, "an absent value would show as None"),
        ("Hi\n{{ first_name }}", 5, "an absent value would show as None"),
        ("Good day.\n{% if red > 3 %}{{ leak | money }}{% endif %}", 5, "an absent value would show as None"),
        ("Good day.\n{{ 8 / red }}", 5, "fails with ZeroDivisionError"),
        ("Hi {% if leak %}{{ leak }}{% endif %} you", 4, "two spaces show a gap"),
        ("Hi {% if first_name %}{{ first_name }}{% endif %}, you", 4, "a comma or full stop stands alone"),
        ("Hi ({% if leak %}{{ leak }}{% endif %})", 4, "a bracket or a quotation is empty"),
        ("Hi\n\n- {% if leak %}{{ leak }}{% endif %}\n- b", 4, "an item of a list is empty"),
        ("So {{ leak ~ '' }}", 4, "`None` shows"),
        ("Hi **{{ first_name or 'you' }}", 4, "Markdown shows as it was written"),
        ("See [it](javascript:x)", 4, "Markdown shows as it was written"),
        ("Hi <b>you</b>", 4, "HTML shows as it was written"),
        ("Hi\n\n[it](http://example.com/x)", 6, "`http://example.com/x` is no https link"),
        ("Hi\n\n[it](/x)", 6, "`/x` is no https link"),
        ("word " * 20_000, 1, "is larger than 90 kB"),
    ],
)  # fmt: skip
def test_a_mail_that_cannot_go_to_everyone_is_refused(
    tmp_path: Path, body: str, line: int, saying: str
) -> None:
    told = found(tmp_path, body)
    assert any(
        problem.startswith(f"spring/mails/welcome.md:{line}: ") and saying in problem for problem in told
    ), told


@pytest.mark.parametrize(
    ("front", "line", "saying"),
    [
        ('subject: ""', 2, "the subject is empty"),
        ('preheader: x\nsubject: "{% if leak %}x{% endif %}"', 3, "the subject is empty"),
        ('subject: "For {{ first_name }}"', 2, "an absent value would show as None"),
        ('subject: "For {{ firstname }}"', 2, "did you mean `first_name`?"),
        ('subject: "For {% if first_name %}{{ first_name }}{% endif %}, now"', 2, "a comma or full stop stands alone"),
        ('subject: x\npreheader: "{{ leak }}"', 3, "an absent value would show as None"),
        ('subject: x\nbutton:\n  label: ""\n  link: https://example.com', 4, "the label is empty"),
        ("subject: x\nbutton:\n  label: Go\n  link: http://example.com", 5, "is no https link"),
        ('subject: x\nbutton:\n  label: Go\n  link: "{{ bookinglink }}"', 5, "did you mean `booking_link`?"),
    ],
)  # fmt: skip
def test_front_matter_is_judged_where_it_stands(tmp_path: Path, front: str, line: int, saying: str) -> None:
    told = found(tmp_path, front=front)
    assert any(
        problem.startswith(f"spring/mails/welcome.md:{line}: ") and saying in problem for problem in told
    ), told


def test_a_link_that_nobody_filled_in_is_no_problem_yet(tmp_path: Path) -> None:
    campaign = CAMPAIGN.replace("<https://example.com/book>", "<your page>")
    front = 'subject: x\nbutton: {label: Call, link: "{{ booking_link }}"}'
    assert found(tmp_path, front=front, campaign=campaign) == []


def test_a_text_that_is_looked_for_inside_a_choice_is_no_misspelt_choice(tmp_path: Path) -> None:
    assert found(tmp_path, "Good day.{% if goal and 'ro' in goal %}x{% endif %}") == []


@pytest.mark.parametrize(
    ("condition", "told"),
    [("goal == 'grwo'", ["`grwo` is none of the choices; did you mean `grow`?"]), ("goal == 'grow'", [])],
)
def test_a_condition_over_a_misspelt_choice_is_told(tmp_path: Path, condition: str, told: list[str]) -> None:
    try:
        problems_found = found(tmp_path, campaign=CAMPAIGN.replace("red >= 2", condition))
    except UnsoundCampaign as unsound:
        problems_found = [problem.split(" wrong: ")[1] for problem in unsound.problems]
    assert problems_found == told


def test_a_step_without_a_mail_and_a_mail_without_a_step_are_told(tmp_path: Path) -> None:
    assert found(tmp_path, campaign=CAMPAIGN.replace("mail: welcome", "mail: wellcome")) == [
        "spring/campaign.yaml:14: there is no file mails/wellcome.md; write it, or did you mean `welcome`?",
        "spring/mails/welcome.md:1: no step sends this mail; add one or remove the file, or did you mean `wellcome`?",
    ]


def test_a_condition_that_fails_is_told(tmp_path: Path) -> None:
    [problem] = found(tmp_path, campaign=CAMPAIGN.replace("red >= 2", "email.size >= 2"))
    assert problem.startswith("spring/campaign.yaml:11: `email.size >= 2` fails: ")


@pytest.mark.parametrize(
    ("right", "wrong", "saying"),
    [
        ('<mj-text css-class="prose">', "<mj-txt>", "`mj-txt` is no tag that a layout may use; did you mean `mj-text`?"),
        ("<mj-title>", '<mj-font name="x" href="https://example.com" /><mj-title>', "`mj-font` is no tag"),
        ("{{ reason }}", "{{ reasons }}", "nothing is called `reasons`; did you mean `reason`?"),
        ("{% endif %}", "", "correct the template"),
        ("{{ postal_address }}", "", "its HTML lacks `postal_address`"),
        ('href="{{ unsubscribe_url }}"', "", "its HTML lacks `unsubscribe_url`"),
        ("<p>{{ reason }}", '<p><img src="https://example.com/x.png" />{{ reason }}', "loads something from elsewhere"),
        ("</mj-body>", "", "this is not MJML"),
    ],
)  # fmt: skip
def test_a_layout_that_fails_every_mail_is_refused(
    tmp_path: Path, right: str, wrong: str, saying: str
) -> None:
    assert right in LAYOUT
    told = found(tmp_path, layout=LAYOUT.replace(right, wrong))
    assert any(saying in problem for problem in told), told


def test_a_campaign_says_who_writes_and_why(tmp_path: Path) -> None:
    told = found(tmp_path, campaign=CAMPAIGN.replace("  reason: You asked for it.\n", ""))
    assert any("nothing is called `reason`" in problem for problem in told)


def test_a_problem_is_told_once_with_whom_it_concerns(tmp_path: Path) -> None:
    [problem] = found(tmp_path, "Good day.\n{{ leak }}")
    assert problem.endswith("(segment HOT, with only the required parameters)")


@pytest.mark.parametrize(
    ("condition", "kind"),
    [
        ("first_name and leak", "with all parameters"),
        ("first_name and leak is none", "with only the required parameters"),
        ("not first_name and leak", "with all texts cleaned away"),
        ("not first_name and leak is none", "with the least possible"),
        ("first_name and leak == 0", "with all numbers at their lowest"),
    ],
)
def test_every_kind_of_person_is_tried(tmp_path: Path, condition: str, kind: str) -> None:
    [problem] = found(tmp_path, f"Good day.{{% if {condition} %}}{{{{ 1 / 0 }}}}{{% endif %}}")
    assert problem.endswith(f"{kind})")


def test_only_segments_that_get_the_mail_count(tmp_path: Path) -> None:
    body = "{% if segment == 'HOT' %}Good day.{% endif %}"
    assert found(tmp_path, body, campaign=CAMPAIGN.replace("after: 0", "after: 0, segments: [HOT]")) == []


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    told = found(tmp_path, "{{ a1 }}\n\n{{ b2 }}", front='subject: "{{ c3 }}"')
    assert [problem.split(": ")[0].split(":")[1] for problem in told] == ["2", "4", "6"]


def test_a_misspelt_segment_hides_nothing_else_in_its_mail(tmp_path: Path) -> None:
    told = found(tmp_path, "{% if segment == 'HTO' %}x{% endif %}\n\n[it](http://example.com)")
    assert [problem.split(": ")[0] for problem in told] == [
        f"spring/mails/welcome.md:{line}" for line in (4, 6)
    ]


def test_one_misspelt_name_is_one_problem(tmp_path: Path) -> None:
    [problem] = found(tmp_path, "Hi {{ frist_name }}")
    assert problem.endswith("did you mean `first_name`?")


ASKED = CAMPAIGN.replace("segments:", "double_opt_in: {mail: sure}\nsegments:", 1)


def asked(root: Path, mail: str | None) -> list[str]:
    if mail is not None:
        (root / "spring/mails").mkdir(parents=True)
        (root / "spring/mails/sure.md").write_text(mail, "utf-8")
    directory = root / "spring"
    (directory / "mails").mkdir(parents=True, exist_ok=True)
    (directory / "campaign.yaml").write_text(ASKED, "utf-8")
    (directory / "mails/welcome.md").write_text("---\nsubject: Hello\n---\nGood day.\n", "utf-8")
    return problems(read_campaign(directory), read_templates(directory), LAYOUT)


def test_the_mail_that_asks_for_a_confirmation_has_to_be_there(tmp_path: Path) -> None:
    [problem] = asked(tmp_path, None)
    assert problem == "spring/campaign.yaml:10: there is no file mails/sure.md; write it"


@pytest.mark.parametrize(
    "mail",
    [
        "---\nsubject: Sure?\nbutton: {label: 'Yes', link: '{{ confirm_url }}'}\n---\nIs it you?\n",
        "---\nsubject: Sure?\n---\nIs it you? [Yes]({{ confirm_url }})\n",
    ],
)
def test_a_mail_with_the_link_that_confirms_is_sound(tmp_path: Path, mail: str) -> None:
    assert asked(tmp_path, mail) == []


def test_a_mail_by_which_nobody_can_confirm_is_told(tmp_path: Path) -> None:
    [problem] = asked(tmp_path, "---\nsubject: Sure?\n---\nIs it you?\n")
    assert problem.startswith("spring/mails/sure.md:1: nobody can confirm by it; give it `{{ confirm_url }}`")


def test_no_other_mail_knows_the_link_that_confirms(tmp_path: Path) -> None:
    problem = found(tmp_path, "[Yes]({{ confirm_url }})", campaign=CAMPAIGN)[0]
    assert problem.startswith("spring/mails/welcome.md:4: nothing is called `confirm_url`")
