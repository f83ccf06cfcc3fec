"""A mail as its author writes it: front matter (YAML between two `---`) and Markdown."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict, ValidationError

from flows.domain.marked_yaml import BadYaml, Place, complaints, load
from flows.domain.schema import keys_at, schema_of

_PARTS = re.compile(r"---[ \t]*\n(?P<front>.*?)^---[ \t]*(?:\n(?P<body>.*))?", re.DOTALL | re.MULTILINE)


class UnreadableTemplate(ValueError):
    """The file is no mail. `problems` has every reason as `path:line: what is wrong; what to do`."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass(frozen=True)
class Template:
    """One mail. Subject, preheader, button and body are Jinja sources; the body is Markdown as well."""

    name: str
    path: str  # below the campaigns' directory, for messages
    subject: str
    preheader: str
    button: tuple[str, str] | None  # label, link
    body: str
    body_line: int  # of the body's first line in the file
    wording: str  # changes with every byte of the file
    lines: Mapping[str, int] = field(default_factory=dict, compare=False, repr=False)

    def line(self, part: str) -> int:
        """Where `subject`, `preheader`, `button`, `label`, `link` or `body` stands in the file."""
        return self.body_line if part == "body" else self.lines.get(part, 1)


class Button(BaseModel):
    """The one thing that a mail asks for, as a button under it."""

    model_config = ConfigDict(extra="forbid")

    label: str
    link: str


class FrontMatter(BaseModel):
    """What stands between the two `---` of a mail."""

    model_config = ConfigDict(extra="forbid")

    subject: str
    preheader: str = ""
    button: Button | None = None


def parse(name: str, path: str, content: bytes) -> Template:
    """A file's bytes as a template.

    Raises:
        UnreadableTemplate: the front matter or the file around it is not sound.
    """
    parts = _PARTS.fullmatch(_text(path, content))
    if parts is None:
        raise UnreadableTemplate(
            [f"{path}:1: there is no front matter; begin with `---`, `subject: …`, `---`"]
        )
    front, lines = _front(path, parts["front"])
    return Template(
        name=name,
        path=path,
        subject=front.subject.strip(),
        preheader=front.preheader.strip(),
        button=(front.button.label.strip(), front.button.link.strip()) if front.button else None,
        body=parts["body"] or "",
        body_line=parts["front"].count("\n") + 3,
        wording=hashlib.sha256(content).hexdigest()[:12],
        lines=lines,
    )


def _text(path: str, content: bytes) -> str:
    try:
        return "\n".join(content.decode("utf-8-sig").splitlines()) + "\n"
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise UnreadableTemplate([f"{path}:{line}: this is not UTF-8; save the file as UTF-8"]) from error


def _front(path: str, text: str) -> tuple[FrontMatter, dict[str, int]]:
    try:
        data, lines = load(text, first_line=2)
    except BadYaml as error:
        raise UnreadableTemplate([f"{path}:{error.line}: {error}"]) from error
    try:
        front = FrontMatter.model_validate(data if data is not None else {})
    except ValidationError as error:
        raise UnreadableTemplate(complaints(error, path, lines, _keys)) from error
    return front, {str(place[-1]): line for place, line in lines.items() if place}


def _keys(place: Place) -> set[str]:
    return keys_at(schema_of(FrontMatter), place)
