"""The vendors' own OpenAPI files as judges of what was sent to their stand-ins.

The files are not ours and are not kept here: `SPECS_DIR` names their directory, `../shared/specs` beside the
repository by default.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from referencing import Registry
from referencing.jsonschema import DRAFT202012

from tests.stand_ins.script import Captured

SPECS = Path(os.environ.get("SPECS_DIR") or Path(__file__).parents[3] / "shared" / "specs")


class NoSpecError(Exception):
    """The vendor's file is not there. The message says where it was looked for."""


class Judge:
    """One vendor's OpenAPI file (3.1, whose schemas are JSON Schema 2020-12).

    Raises:
        NoSpecError: the file is not in `SPECS_DIR`.
    """

    def __init__(self, vendor: str) -> None:
        path = SPECS / f"{vendor}.json"
        if not path.exists():
            raise NoSpecError(
                f"{path} is missing: set SPECS_DIR to the directory with the vendors' OpenAPI files"
            )
        self._spec = json.loads(path.read_text())
        resource = DRAFT202012.create_resource(self._spec)
        self._registry: Registry[Any] = Registry().with_resource("spec:", resource)

    def problems(self, captured: Captured) -> list[str]:
        """What the vendor's schema has against a request; empty if nothing."""
        place = f"{captured.method} {captured.path}"
        path = next((path for path in self._spec["paths"] if _pattern(path).fullmatch(captured.path)), "")
        operation = self._spec["paths"].get(path, {}).get(captured.method.lower())
        if operation is None:
            return [f"{place} is no operation of the API"]
        pointer = f"#/paths/{path.replace('/', '~1')}/{captured.method.lower()}"
        found = [*self._of_headers(operation, captured), *self._of_body(operation, pointer, captured.body)]
        return [f"{place}: {problem}" for problem in found]

    def _of_headers(self, operation: Mapping[str, Any], captured: Captured) -> Iterator[str]:
        for parameter in map(self._resolved, operation.get("parameters", [])):
            given = captured.headers.get(parameter["name"].lower())
            if parameter["in"] == "header" and given is not None:
                yield from self._errors(parameter["schema"], given)
            elif parameter["in"] == "header" and parameter.get("required"):
                yield f"the header {parameter['name']} is missing"

    def _of_body(self, operation: Mapping[str, Any], pointer: str, body: str) -> Iterator[str]:
        if "requestBody" in operation:
            schema = f"spec:{pointer}/requestBody/content/application~1json/schema"
            yield from self._errors({"$ref": schema}, json.loads(body))
        elif body:
            yield "a body where the API has none"

    def _errors(self, schema: Mapping[str, Any], value: Any) -> Iterator[str]:
        validator = Draft202012Validator(schema, registry=self._registry)
        yield from (f"{error.json_path}: {error.message[-200:]}" for error in validator.iter_errors(value))

    def _resolved(self, parameter: Mapping[str, Any]) -> Mapping[str, Any]:
        if "$ref" in parameter:
            parameter = self._registry.resolver("spec:").lookup(parameter["$ref"]).contents
        return parameter


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\{[^/]*\\}", "[^/]+", re.escape(path)))
