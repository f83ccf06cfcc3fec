"""Expressions of a campaign file, such as `red_systems == 1 or orange_systems >= 2`.

They run in Jinja's sandbox and see nothing but the signup's parameters; there is no `eval`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, meta
from jinja2.sandbox import ImmutableSandboxedEnvironment

_sandbox = ImmutableSandboxedEnvironment(undefined=StrictUndefined)
_sandbox.globals.clear()


class Expression:
    """One compiled expression over parameters.

    Raises:
        ValueError: the text is not an expression; the message says where it breaks.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self._evaluate = _compile(text)
        self.tree = _sandbox.parse("{{ %s }}" % text)
        self.names = frozenset(meta.find_undeclared_variables(self.tree))

    def __call__(self, parameters: Mapping[str, Any]) -> Any:
        """The expression's value. Absent parameters are `None`."""
        return self._evaluate({**dict.fromkeys(self.names), **parameters})

    def holds(self, parameters: Mapping[str, Any]) -> bool:
        """Whether it is true. A sum or comparison with an absent parameter is not, nor a division by zero."""
        try:
            return bool(self(parameters))
        except (TypeError, ZeroDivisionError):
            return False


def _compile(text: str) -> Callable[..., Any]:
    try:
        return _sandbox.compile_expression(text, undefined_to_none=False)
    except TemplateSyntaxError as error:
        raise ValueError(f"`{text}` is not an expression: {error.message}") from error
