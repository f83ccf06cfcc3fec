"""The directory of languages: one file for each, named by its two letters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import ValidationError

from flows.adapters.campaign_files import UnsoundCampaign
from flows.domain.language import FALLBACK, Language, Languages
from flows.domain.marked_yaml import BadYaml, Lines, Place, complaints, load
from flows.domain.schema import keys_at, schema_of

LANGUAGES = Path(__file__).parent.parent / "languages"


def read_languages(root: Path = LANGUAGES) -> Languages:
    """Every language.

    Raises:
        UnsoundCampaign: a file cannot be used, or there is no English one. It names each as `path:line: …`.
    """
    known: dict[str, Language] = {}
    problems: list[str] = []
    for file in sorted(root.glob("*.yaml")):
        try:
            known[file.stem] = _read(file)
        except UnsoundCampaign as error:
            problems += error.problems
    if FALLBACK not in known and not problems:
        problems = [
            f"languages/{FALLBACK}.yaml:1: there is no such file; everybody else reads it, so put it back"
        ]
    if problems:
        raise UnsoundCampaign(problems)
    return Languages(known=known)


def _read(file: Path) -> Language:
    path = f"languages/{file.name}"
    try:
        data, lines = _mapping(file.read_text("utf-8-sig"))
        return Language.model_validate({**data, "code": file.stem})
    except ValidationError as error:
        raise UnsoundCampaign(complaints(error, path, lines, _keys)) from error
    except BadYaml as error:
        raise UnsoundCampaign([f"{path}:{error.line}: {error}"]) from error
    except (OSError, UnicodeDecodeError) as error:
        raise UnsoundCampaign([f"{path}:1: it cannot be read; put it there as UTF-8"]) from error


def _mapping(text: str) -> tuple[dict[str, Any], Lines]:
    data, lines = load(text)
    if not isinstance(data, dict) or "code" in data:
        raise BadYaml(
            1, "a language is `mail:` and `page:` with their words, like en.yaml; its code is the file's name"
        )
    return data, lines


def _keys(place: Place) -> set[str]:
    return keys_at(schema_of(Language), place) - {"code"}
