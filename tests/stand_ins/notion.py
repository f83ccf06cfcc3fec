"""Notion as far as one database goes: its properties, its pages, and looking for them.

Beside it, for tests: `GET /_pages` (every page, those in the trash too), `GET /_requests`, `POST /_script` (see
script.py) and `POST /_schema` with the types of the properties by name. Any token `ntn_…` is a good one.
How it behaves follows developers.notion.com/reference, version 2026-03-11; what it is asked is judged by
Notion's own schema in judge.py.
"""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.stand_ins.notion_values import RefusedError, empty, invalid, kept, matches
from tests.stand_ins.script import Script
from tests.stand_ins.serving import serve

VERSION = "2026-03-11"
DATABASE_ID = "0123456789abcdef0123456789abcdef"
DATA_SOURCE_ID = "fedcba98-7654-3210-fedc-ba9876543210"

#: The "Email Sequence" database as an operator makes it.
SCHEMA = {
    "Name": "title",
    "Email": "email",
    "Business": "rich_text",
    "Campaign": "select",
    "Segment": "select",
    "Score": "number",
    "Status": "select",
    "Step": "number",
    "Last sent": "date",
    "Next send": "date",
    "Unsubscribed": "checkbox",
    "Contact key": "rich_text",
}

#: A route's work: the id in the path and the body go in, an object of Notion's comes out.
Work = Callable[[str, dict[str, Any]], dict[str, Any]]


class Workspace:
    """What the stand-in knows: one database with one data source, and its pages in the order of their making."""

    def __init__(self) -> None:
        self.schema = dict(SCHEMA)
        self.pages: list[dict[str, Any]] = []
        self.script = Script()

    def forget(self) -> None:
        """Be as new."""
        self.schema = dict(SCHEMA)
        self.pages.clear()
        self.script.forget()

    def database(self, database_id: str, _: dict[str, Any]) -> dict[str, Any]:
        _same_id(database_id, DATABASE_ID, "database")
        sources = [{"id": DATA_SOURCE_ID, "name": "Email Sequence"}]
        return {"object": "database", "id": DATABASE_ID, "data_sources": sources}

    def source(self, source_id: str, _: dict[str, Any]) -> dict[str, Any]:
        _same_id(source_id, DATA_SOURCE_ID, "data source")
        properties = {
            name: {"id": name, "name": name, "type": kind, kind: {}} for name, kind in self.schema.items()
        }
        return {"object": "data_source", "id": DATA_SOURCE_ID, "properties": properties}

    def change(self, source_id: str, body: dict[str, Any]) -> dict[str, Any]:
        """New properties, and new names for old ones."""
        _same_id(source_id, DATA_SOURCE_ID, "data source")
        _only(body, "properties")
        for name, change in body["properties"].items():
            if "name" in change:
                self.schema = {change["name"] if old == name else old: k for old, k in self.schema.items()}
            else:
                self.schema |= {name: next(kind for kind in change if kind != "type")}
        return self.source(source_id, {})

    def query(self, source_id: str, body: dict[str, Any]) -> dict[str, Any]:
        _same_id(source_id, DATA_SOURCE_ID, "data source")
        _only(body, "filter", "sorts", "page_size", "start_cursor")
        size, condition = body.get("page_size", 100), body.get("filter", {"and": []})
        if not isinstance(size, int) or not 1 <= size <= 100:
            raise invalid("body.page_size should be a number from 1 to 100")
        matches(
            empty(self.schema), condition, self.schema
        )  # a wrong filter is refused whatever there is to find
        pages = [page for page in self.pages if not page["in_trash"]]
        found = [page for page in pages if matches(page["properties"], condition, self.schema)]
        if _newest_first(body.get("sorts", [])):
            found.reverse()
        begin = int(body.get("start_cursor", 0))
        end = begin + size
        more = len(found) > end
        return {"object": "list", "type": "page_or_data_source", "page_or_data_source": {},
                "results": found[begin:end], "has_more": more, "next_cursor": str(end) if more else None}  # fmt: skip

    def create(self, _: str, body: dict[str, Any]) -> dict[str, Any]:
        _only(body, "parent", "properties")
        parent = body.get("parent", {})
        if set(parent) - {"type"} != {"data_source_id"}:
            raise invalid("body.parent.data_source_id should be defined")
        _same_id(parent["data_source_id"], DATA_SOURCE_ID, "data source")
        now = datetime.now(UTC).isoformat()
        properties = empty(self.schema) | kept(body.get("properties", {}), self.schema)
        page = {"object": "page", "id": str(uuid4()), "created_time": now, "last_edited_time": now,
                "in_trash": False, "parent": parent, "properties": properties}  # fmt: skip
        self.pages.append(page)
        return page

    def page(self, page_id: str, _: dict[str, Any]) -> dict[str, Any]:
        for page in self.pages:
            if page["id"] == page_id:
                return page
        raise _not_found("page")

    def update(self, page_id: str, body: dict[str, Any]) -> dict[str, Any]:
        _only(body, "properties", "in_trash")
        page = self.page(page_id, {})
        if page["in_trash"] and body.get("in_trash") is not False:
            raise invalid("Can't edit block that is archived. You must unarchive the block before editing.")
        page["properties"] |= kept(body.get("properties", {}), self.schema)
        page["in_trash"] = body.get("in_trash", page["in_trash"])
        return page

    def route(self, path: str, method: str, work: Work) -> Route:
        return Route(f"/v1/{path}", self._endpoint(work), methods=[method])

    def _endpoint(self, work: Work) -> Callable[[Request], Awaitable[Response]]:
        async def endpoint(request: Request) -> Response:
            raw = await request.body()
            return await self.script.play(request, lambda: _answer(request, raw, work))

        return endpoint


def _answer(request: Request, raw: bytes, work: Work) -> Response:
    try:
        _check_headers(request)
        return JSONResponse(work(request.path_params.get("id", ""), _read(raw)))
    except RefusedError as error:
        return JSONResponse(error.body, error.status)


def _check_headers(request: Request) -> None:
    if not request.headers.get("authorization", "").startswith("Bearer ntn_"):
        raise RefusedError(401, "unauthorized", "API token is invalid.")
    if request.headers.get("notion-version") != VERSION:
        raise RefusedError(400, "missing_version", f"Notion-Version header should be {VERSION}.")


def _read(raw: bytes) -> dict[str, Any]:
    try:
        return dict(json.loads(raw or b"{}"))
    except (ValueError, TypeError):
        raise RefusedError(400, "invalid_json", "Error parsing JSON body.") from None


def _only(body: dict[str, Any], *known: str) -> None:
    if unknown := sorted(set(body) - set(known)):
        raise invalid(f"body.{unknown[0]} should be not present")


def _same_id(given: str, own: str, what: str) -> None:
    if given.replace("-", "") != own.replace("-", ""):
        raise _not_found(what)


def _not_found(what: str) -> RefusedError:
    return RefusedError(404, "object_not_found", f"Could not find {what}. Share it with your integration.")


def _newest_first(sorts: list[dict[str, str]]) -> bool:
    """Notion promises no order of its own, so without a sort it is the one that helps least."""
    return sorts != [{"timestamp": "created_time", "direction": "ascending"}]


def make_app() -> Starlette:
    """The stand-in. Its `Workspace` is `app.state.workspace`."""
    notion = Workspace()

    async def pages(_: Request) -> Response:
        return JSONResponse(notion.pages)

    async def schema(request: Request) -> Response:
        notion.schema = await request.json()
        return Response(status_code=204)

    app = Starlette(routes=[
        notion.route("databases/{id}", "GET", notion.database),
        notion.route("data_sources/{id}", "GET", notion.source),
        notion.route("data_sources/{id}", "PATCH", notion.change),
        notion.route("data_sources/{id}/query", "POST", notion.query),
        notion.route("pages", "POST", notion.create),
        notion.route("pages/{id}", "GET", notion.page),
        notion.route("pages/{id}", "PATCH", notion.update),
        Route("/_pages", pages, methods=["GET"]),
        Route("/_schema", schema, methods=["POST"]),
        *notion.script.routes(),
    ])  # fmt: skip
    app.state.workspace, app.state.title = notion, __doc__
    return app


if __name__ == "__main__":
    serve(make_app())
