"""What a POST to the link under a mail asks for."""

from __future__ import annotations

import pytest

from services.web.choice import ALL, Choice, chosen, is_form


@pytest.mark.parametrize("body", [b"", b"List-Unsubscribe=One-Click", b"x=1", b"\xff\x00", b"&" * 50 + b"a=1",
                                  b"List-Unsubscribe=One-Click&choice=weekly"])  # fmt: skip
def test_whatever_names_no_choice_means_all_mail(body: bytes) -> None:
    assert chosen(body) == ALL


@pytest.mark.parametrize(
    ("body", "choice"),
    [
        (b"choice=all", ALL),
        (b"choice=weekly", Choice("weekly")),
        (b"choice=usual", Choice("usual")),
        (b"choice=series&series=post-call", Choice("series", "post-call")),
    ],
)
def test_a_choice_of_the_page_is_taken(body: bytes, choice: Choice) -> None:
    assert chosen(body) == choice


@pytest.mark.parametrize("body", [b"choice=", b"choice=none", b"choice=series", b"choice=series&series=A%20b", b"choice=all&choice=weekly",
                                  b"choice=series&series=a&series=b"])  # fmt: skip
def test_a_choice_that_there_is_not_is_none(body: bytes) -> None:
    assert chosen(body) is None


def test_only_a_form_can_hold_a_choice() -> None:
    assert is_form("application/x-www-form-urlencoded; charset=utf-8")
    assert not is_form("multipart/form-data; boundary=x")
