"""What SpamAssassin says, read from its report; and the real one, where it is installed."""

from __future__ import annotations

from pathlib import Path

import pytest

from flows.adapters.spamassassin import Hit, SpamAssassinFailed, installed, judge
from flows.domain.rendering import Rendered

PLAIN = Rendered("Hello", "<p>Good day.</p>", "Good day.\nFrom here on, all is well.\n")
LOUD = Rendered("FREE!!!", "<p>Buy viagra. 100% guaranteed.</p>", "Buy viagra. 100% guaranteed.\n")
REPORT = """\
Content analysis details:   (3.4 points, 5.0 required)

 pts rule name              description
---- ---------------------- --------------------------------------------------
-0.0 NO_RELAYS              Informational: message was not relayed via SMTP
 0.7 HTML_FONT_LOW_CONTRAST BODY: HTML font color similar or identical to
                            background
 2.7 GUARANTEED_100_PERCENT BODY: One hundred percent guaranteed
"""


def program(directory: Path, body: str) -> str:
    """A program that stands in for SpamAssassin."""
    made = directory / "spamassassin"
    made.write_text(f"#!/bin/sh\ncat > {directory}/asked\n{body}\n", "utf-8")
    made.chmod(0o755)
    return str(made)


def said(directory: Path, *numbers: int) -> str:
    output = "".join(
        f"From preview@example.com Thu Jan  1 00:00:00 2026\nMessage-ID: <{number}.preview@campaigns.example.com>\n\n"
        + (REPORT if number == 1 else "Content analysis details:   (0.0 points, 5.0 required)\n")
        for number in numbers
    )
    (directory / "output").write_text(output, "utf-8")
    return program(directory, f"cat {directory}/output")


def test_each_mail_gets_its_own_points_whatever_their_order(tmp_path: Path) -> None:
    assert judge(said(tmp_path, 1, 0), "Anna <anna@example.com>", [PLAIN, LOUD]) == [
        [],
        [
            Hit(2.7, "GUARANTEED_100_PERCENT", "BODY: One hundred percent guaranteed"),
            Hit(0.7, "HTML_FONT_LOW_CONTRAST", "BODY: HTML font color similar or identical to background"),
        ],
    ]


def test_a_line_of_a_mail_that_begins_like_an_envelope_begins_no_other_mail(tmp_path: Path) -> None:
    judge(said(tmp_path, 0), "Anna <anna@example.com>", [PLAIN])
    asked = (tmp_path / "asked").read_text("utf-8")
    assert asked.count("\nFrom ") == 0
    assert ">From here on" in asked or "=46rom here on" in asked


@pytest.mark.parametrize(
    ("body", "saying"), [("echo no rules >&2; exit 2", "no rules"), ("true", "judged 0 mails and left 1 out")]
)
def test_a_failure_is_told_with_what_it_said(tmp_path: Path, body: str, saying: str) -> None:
    with pytest.raises(SpamAssassinFailed, match=saying):
        judge(program(tmp_path, body), "Anna <anna@example.com>", [PLAIN])


def test_the_real_one_tells_a_loud_mail_from_a_plain_one() -> None:
    if not (found := installed()):
        pytest.skip("SpamAssassin is not installed (the package `spamassassin`)")
    plain, loud = judge(found, "Anna <anna@example.com>", [PLAIN, LOUD])
    rule = "GUARANTEED_100_PERCENT"
    assert [any(hit.rule == rule for hit in hits) for hits in (plain, loud)] == [False, True]
