"""YAML with the line on which each part stands, so that a complaint can name it."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

import yaml
from pydantic import ValidationError

from flows.domain.suggestion import instead, meant

#: The way to a part: keys and positions, as in pydantic's `loc`.
Place = tuple[str | int, ...]
Lines = Mapping[Place, int]

_ADVICE = "put text that holds `{{`, `: ` or ` #` in double quotes, and indent with spaces"
#: Which keys a place of the file may have.
Keys = Callable[[Place], Collection[str]]


class BadYaml(ValueError):
    """The text is not YAML that can be used. `line` counts from the first line of the file."""

    def __init__(self, line: int, problem: str) -> None:
        self.line = line
        super().__init__(problem)


def load(text: str, first_line: int = 1) -> tuple[Any, Lines]:
    """The data, and the line of each part of it.

    Raises:
        BadYaml: no YAML, a key twice in one place, or an alias.
    """
    before = first_line - 1
    try:
        for event in yaml.parse(text, Loader=yaml.SafeLoader):
            if isinstance(event, yaml.AliasEvent) and event.start_mark:
                raise BadYaml(before + event.start_mark.line + 1, "aliases are not used here; write it out")
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        return yaml.safe_load(text), {(): first_line} if root is None else dict(_lines(root, (), 0, before))
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line if error.problem_mark else 0
        raise BadYaml(before + line + 1, f"this is not YAML: {error.problem}; {_ADVICE}") from error
    except yaml.YAMLError as error:
        raise BadYaml(first_line, f"this is not YAML: {error}; save it as plain UTF-8 text") from error


def line_of(lines: Lines, place: Place) -> int:
    """The line of a part, or of the nearest part around it that the file has."""
    while place not in lines:
        place = place[:-1]
    return lines[place]


def complaints(error: ValidationError, path: str, lines: Lines, keys: Keys) -> list[str]:
    """`path:line: what is wrong; what to do`, one for each error. No value of the file is repeated."""
    return [
        f"{path}:{line_of(lines, found['loc'])}: {_named(found['loc'])}{_sentence(found, keys)}"
        for found in error.errors(include_url=False)
    ]


def _lines(node: yaml.Node, place: Place, line: int, before: int) -> Iterator[tuple[Place, int]]:
    yield place, before + line + 1
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            key_line = key.start_mark.line
            if key.value in seen:
                raise BadYaml(before + key_line + 1, f"`{key.value}` stands here twice; keep one")
            seen.add(key.value)
            yield from _lines(value, (*place, key.value), key_line, before)
    elif isinstance(node, yaml.SequenceNode):
        for position, value in enumerate(node.value):
            yield from _lines(value, (*place, position), value.start_mark.line, before)


def _named(place: Place) -> str:
    names = [part for part in place if isinstance(part, str) and part != "[key]"]
    return f"`{'.'.join(names)}` " if names else ""


def _sentence(found: Mapping[str, Any], keys: Keys) -> str:
    match found["type"]:
        case "missing":
            return "is missing; add it"
        case "extra_forbidden":
            *around, key = found["loc"]
            return f"does not belong here; {instead(str(key), keys(tuple(around)))}"
        case "literal_error":
            return f"is wrong: {found['msg']}{_meant(found)}"
        case _:
            return f"is wrong: {found['msg'].removeprefix('Value error, ')}"


def _meant(found: Mapping[str, Any]) -> str:
    close = meant(str(found["input"]), re.findall(r"'([^']*)'", found["ctx"]["expected"]))
    return f"; did you mean `{close}`?" if close else ""
