"""Comparisons that can never hold: a segment or a choice that is misspelt where a template asks for it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from jinja2 import nodes

if TYPE_CHECKING:
    from flows.domain.parameter import Parameter

#: The texts that a name can have as its value.
Choices = Mapping[str, frozenset[str]]


def choices_of(parameters: Mapping[str, Parameter]) -> dict[str, frozenset[str]]:
    """Every parameter that is a choice of few texts, with them."""
    return {
        name: frozenset(map(str, parameter.enum))
        for name, parameter in parameters.items()
        if parameter.enum and parameter.type == "string"
    }


def not_chosen(tree: nodes.Template, choices: Choices) -> Iterator[tuple[int, str, frozenset[str]]]:
    """Line, value and what there is, for each value that a name is compared with and cannot have."""
    for comparison in tree.find_all(nodes.Compare):
        for operand in comparison.ops:
            name, other = _sides(comparison.expr, operand)
            known = choices.get(name)
            for value in _texts(other) if known else ():
                if known and value not in known:
                    yield comparison.lineno, value, known


def _sides(left: nodes.Expr, operand: nodes.Operand) -> tuple[str, nodes.Expr]:
    """The name and what it is compared with. A text that is looked for inside a name's value is no choice."""
    right = operand.expr
    if operand.op in ("eq", "ne") and isinstance(right, nodes.Name):
        left, right = right, left
    if isinstance(left, nodes.Name) and operand.op in ("eq", "ne", "in", "notin"):
        return left.name, right
    return "", right


def _texts(expression: nodes.Expr) -> list[str]:
    """`"A"`, or the items of `["A", "B"]`; empty if that depends on anybody's answers."""
    try:
        value = expression.as_const()
    except nodes.Impossible:
        return []
    items = value if isinstance(value, list | tuple) else [value]
    return [item for item in items if isinstance(item, str)]
