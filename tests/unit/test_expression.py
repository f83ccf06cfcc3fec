"""Conditions of a campaign file: what they say, and what they cannot reach."""

from __future__ import annotations

from typing import Any

import pytest

from flows.domain.expression import Expression


@pytest.mark.parametrize(
    ("text", "parameters", "holds"),
    [
        ("red >= 2", {"red": 2}, True),
        ("red >= 2", {"red": 1}, False),
        ("red == 1 or orange >= 2", {"red": 0, "orange": 2}, True),
        ("red + orange <= 8", {"red": 4, "orange": 5}, False),
        ("not red", {"red": 0}, True),
        ("zone == 'Europe/Berlin'", {"zone": "Europe/Berlin"}, True),
        ("true", {}, True),
    ],
)
def test_an_expression_is_about_parameters(text: str, parameters: dict[str, Any], *, holds: bool) -> None:
    assert Expression(text).holds(parameters) is holds


@pytest.mark.parametrize("parameters", [{}, {"leak": None}])
@pytest.mark.parametrize("text", ["leak > 5", "leak < 5", "leak + 1 == 1", "100 / leak > 2"])
def test_a_comparison_with_something_absent_does_not_hold(text: str, parameters: dict[str, Any]) -> None:
    assert not Expression(text).holds(parameters)


def test_a_division_by_zero_does_not_hold() -> None:
    assert not Expression("red / all > 0.5").holds({"red": 0, "all": 0})


def test_an_expression_names_the_parameters_that_it_uses() -> None:
    assert Expression("red == 1 or (orange > 2 and red)").names == {"red", "orange"}


@pytest.mark.parametrize(
    "text", ["", "red >=", "red = 1", "red ===", "a }} {{ b", "red | nothing_like_it", "{% raw %}"]
)
def test_what_is_no_expression_is_refused_with_its_text(text: str) -> None:
    with pytest.raises(ValueError, match="is not an expression") as refusal:
        Expression(text)
    assert f"`{text}`" in str(refusal.value)


@pytest.mark.parametrize(
    "text",
    [
        "red.__class__.__mro__",
        "''.__class__.__base__.__subclasses__()",
        "'{0.__class__}'.format(red)",
        "red.__init__.__globals__",
    ],
)
def test_an_expression_cannot_leave_the_sandbox(text: str) -> None:
    try:
        found = str(Expression(text)({"red": "x"}))
    except Exception as refusal:  # noqa: BLE001
        found = str(refusal)
        assert "unsafe" in found or "undefined" in found
    assert "<class" not in found


@pytest.mark.parametrize("name", ["range", "lipsum", "cycler", "dict", "namespace"])
def test_jinjas_own_names_are_unknown_ones(name: str) -> None:
    assert Expression(name)({}) is None
