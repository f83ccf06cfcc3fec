"""The shape of a file as JSON Schema: for editors, for the reference page, and to guess what a wrong key meant."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from flows.domain.marked_yaml import Place

Schema = dict[str, Any]


class Untitled(GenerateJsonSchema):
    """Without what only a program wants: titles that repeat the key, defaults that are null."""

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        made = super().default_schema(schema)
        return {key: value for key, value in made.items() if (key, value) != ("default", None)}

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 (pydantic's signature)
        return False


class _Plain(Untitled):
    """Without `null` beside each optional value too: in a file it is left out."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        return self.generate_inner(schema["schema"])

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        made = super().dict_schema(schema)
        return made | ({"additionalProperties": False} if "patternProperties" in made else {})


@cache
def schema_of(model: type[BaseModel]) -> Schema:
    """The JSON Schema (2020-12) of what a model reads, by the keys that stand in the file."""
    return model.model_json_schema(schema_generator=_Plain)


def campaign_schema(model: type[BaseModel]) -> Schema:
    """The schema of `campaign.yaml`. The name is the directory's, so the file has no key for it."""
    made = dict(schema_of(model))
    properties = {key: value for key, value in made.pop("properties").items() if key != "name"}
    required = [key for key in made.pop("required") if key != "name"]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **made,
        "title": "campaign.yaml",
        "properties": properties,
        "required": required,
    }


def keys_at(schema: Schema, place: Place) -> set[str]:
    """The keys that a file may have at a place; empty where it may have any, or none."""
    part = _resolved(schema, schema)
    for step in place:
        part = _resolved(schema, _inside(part, step))
    return set(part.get("properties", ())) - ({"name"} if not place else set())


def _inside(part: Schema, step: str | int) -> Schema:
    by_name: Schema = part.get("properties", {})
    by_pattern: list[Schema] = list(part.get("patternProperties", {}).values())
    items: Schema = part.get("items", {})
    return items if isinstance(step, int) else by_name.get(step) or (by_pattern or [{}])[0]


def _resolved(schema: Schema, part: Schema) -> Schema:
    name = part.get("$ref", "").rpartition("/")[2]
    return schema["$defs"][name] if name else part
