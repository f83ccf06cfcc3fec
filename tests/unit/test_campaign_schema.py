"""The published JSON Schema of `campaign.yaml` and its reference page: what they say is what the code takes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import jsonschema
import pytest
import yaml

from flows.adapters.campaign_files import CAMPAIGNS, directories, read_campaign
from flows.domain.campaign import Campaign
from flows.domain.schema import campaign_schema, keys_at, schema_of
from flows.domain.template import FrontMatter, parse
from flows.domain.words import Occasion
from services.cli.schema import written

PAGE = (Path(__file__).parents[2] / "docs/campaign.md").read_text("utf-8")
SCHEMA = campaign_schema(Campaign)
ROWS = re.findall(r"^\| `([^`]+)` \| .+ \| `([^`]+)` \|$", PAGE, re.MULTILINE)
EXAMPLE = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[1]  # type: ignore[index]
MAIL = re.search(r"```md\n(.*?)```", PAGE, re.DOTALL)[1]  # type: ignore[index]
FIRST_LINE = "# yaml-language-server: $schema=../campaign.schema.json\n"


def paths(schema: dict[str, Any], part: dict[str, Any], before: str = "") -> Iterator[str]:
    """Every key of a schema, as `steps[].mail` or `parameters.NAME.type`."""
    part = schema["$defs"][part["$ref"].split("/")[-1]] if "$ref" in part else part
    for inner in part.get("patternProperties", {}).values():
        yield f"{before}NAME"
        yield from paths(schema, inner, f"{before}NAME.")
    if "items" in part and before:
        yield from paths(schema, part["items"], f"{before[:-1]}[].")
    for name, inner in part.get("properties", {}).items():
        yield f"{before}{name}"
        yield from paths(schema, inner, f"{before}{name}.")


def test_the_published_schema_is_the_codes() -> None:
    assert (CAMPAIGNS / "campaign.schema.json").read_text("utf-8") == written() + "\n"


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("directory", directories(CAMPAIGNS), ids=lambda found: found.name)
def test_every_campaign_fits_the_schema_and_names_it_in_its_first_line(directory: Path) -> None:
    text = (directory / "campaign.yaml").read_text("utf-8")
    jsonschema.validate(yaml.safe_load(text), SCHEMA)
    assert text.startswith(FIRST_LINE)


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("version: 1", "version: one"),
        ("title: Spring check\n", ""),
        ("title:", "titel:"),
        ("after: 2d", "after: 2 days"),
        ("after: 0", "after: 5"),
        ('from: "09:00"', "from: 9"),
        ("type: integer", "type: int"),
        ("minimum: 0", "minimun: 0"),
        ("  GROWING:", "  growing:"),
        ("OTHERS: true", "OTHERS: false"),
        ("signature: Anna Beispiel", "signature: 5"),
        ("flow: spring-signup", "flow: Spring"),
    ],
)
def test_what_the_code_refuses_an_editor_marks(tmp_path: Path, right: str, wrong: str) -> None:
    assert right in EXAMPLE
    text = EXAMPLE.replace(right, wrong, 1)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.safe_load(text), SCHEMA)
    (tmp_path / "spring").mkdir()
    (tmp_path / "spring/campaign.yaml").write_text(text, "utf-8")
    with pytest.raises(ValueError, match=r"spring/campaign\.yaml:"):
        read_campaign(tmp_path / "spring")


def test_the_page_has_every_key_once() -> None:
    schema = schema_of(FrontMatter)
    known = [*paths(SCHEMA, SCHEMA), *paths(schema, schema)]
    assert sorted(path for path, _ in ROWS) == sorted(known)


@pytest.mark.parametrize(("path", "example"), ROWS)
def test_every_key_of_the_page_has_an_example_that_is_yaml(path: str, example: str) -> None:
    [key] = yaml.safe_load(example)
    assert path.endswith("NAME") or key == path.rsplit(".", maxsplit=1)[-1]


def test_the_whole_example_of_the_page_is_a_campaign(tmp_path: Path) -> None:
    (tmp_path / "spring").mkdir()
    (tmp_path / "spring/campaign.yaml").write_text(EXAMPLE, "utf-8")
    jsonschema.validate(yaml.safe_load(EXAMPLE), SCHEMA)
    assert read_campaign(tmp_path / "spring").segment_of({"goal": "grow"}) == "GROWING"


def test_the_mail_of_the_page_is_one() -> None:
    assert parse("welcome", "spring/mails/welcome.md", MAIL.encode()).button


@pytest.mark.parametrize(
    ("place", "some"),
    [((), {"flow", "steps"}), (("steps", 3), {"mail", "after"}), (("parameters", "x"), {"minLength"}), (("window",), {"from"})],
)  # fmt: skip
def test_the_schema_tells_the_keys_of_each_place(place: tuple[str | int, ...], some: set[str]) -> None:
    assert some <= keys_at(schema_of(Campaign), place)
    assert "name" not in keys_at(schema_of(Campaign), ())


def test_no_key_is_known_where_there_can_be_none() -> None:
    assert keys_at(schema_of(Campaign), ("title", "x", 2)) == set()


def test_the_schema_is_json_that_explains_every_key() -> None:
    parts = [json.loads(written()), *SCHEMA["$defs"].values()]
    assert all(key.get("description") for part in parts for key in part["properties"].values())


def test_the_page_has_every_word_for_what_happens_to_a_call() -> None:
    rows = re.findall(
        r"^\| ([a-z-]+) \| .+ \| .+ \|$", PAGE.split("| word |")[1].split("\n\n")[0], re.MULTILINE
    )
    assert rows == list(get_args(Occasion))
