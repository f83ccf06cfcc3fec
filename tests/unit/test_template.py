"""A mail as its author writes it: what is read, and what is told about a file that is no mail."""

from __future__ import annotations

import pytest

from flows.domain.template import Template, UnreadableTemplate, parse

PATH = "spring/mails/welcome.md"
MAIL = """\
---
subject: Hello
preheader: How do you do?
button:
  label: Go on
  link: https://example.com
---
Good day.
"""


def mail(content: str | bytes) -> Template:
    return parse("welcome", PATH, content.encode() if isinstance(content, str) else content)


@pytest.mark.parametrize("content", [MAIL, b"\xef\xbb\xbf" + MAIL.replace("\n", "\r\n").encode()])
def test_a_mail_is_front_matter_and_markdown(content: str | bytes) -> None:
    read = mail(content)
    assert (read.name, read.path) == ("welcome", PATH)
    assert (read.subject, read.preheader) == ("Hello", "How do you do?")
    assert read.button == ("Go on", "https://example.com")
    assert (read.body, read.body_line) == ("Good day.\n", 8)
    assert [read.line(part) for part in ("subject", "preheader", "label", "link", "body")] == [2, 3, 5, 6, 8]


def test_a_rule_in_the_body_is_no_end_of_the_front_matter() -> None:
    assert mail("---\nsubject: x\n---\none\n\n---\n\ntwo").body == "one\n\n---\n\ntwo\n"


def test_every_byte_of_a_mail_is_its_wording() -> None:
    assert mail(MAIL).wording == mail(MAIL).wording != mail(MAIL + " ").wording


@pytest.mark.parametrize(
    ("text", "line", "saying"),
    [
        ("Good day.\n", 1, "there is no front matter"),
        ("---\nsubject: Hello\nGood day.\n", 1, "there is no front matter"),
        ("", 1, "there is no front matter"),
        ("---\n---\nGood day.\n", 2, "`subject` is missing"),
        ("---\npreheader: x\nsubject: {{ first_name }}\n---\nGood day.\n", 3, "double quotes"),
        ("---\nsubject: 12\n---\nGood day.\n", 2, "`subject` is wrong"),
        ("---\nsubject: x\nsubjct: y\n---\nGood day.\n", 3, "`subjct` does not belong here"),
        ("---\nsubject: x\nbutton:\n  label: y\n---\nGood day.\n", 3, "`button.link` is missing"),
        ("---\nsubject: x\n---\nM\u00fcller\n".encode("latin-1"), 4, "this is not UTF-8"),
    ],
)
def test_what_is_no_mail_is_refused_with_its_line(text: str | bytes, line: int, saying: str) -> None:
    with pytest.raises(UnreadableTemplate) as refusal:
        mail(text)
    [problem] = refusal.value.problems
    assert problem.startswith(f"{PATH}:{line}: ")
    assert saying in problem
