"""The lines between the parts: who may import whom, and what each image must hold for it."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from tests.images import ROOT, copied

OURS = ("flows", "services", "tests", "migrations", "bench")
SOURCES = sorted(
    path.relative_to(ROOT) for part in ("flows", "services") for path in (ROOT / part).rglob("*.py")
)

#: What a rule must not know: Prefect, the network, databases, the environment.
OUTSIDE = {
    "prefect", "httpx", "requests", "urllib", "http", "socket", "starlette", "fastapi", "uvicorn", "resend",
    "notion_client", "psycopg", "asyncpg", "sqlalchemy", "alembic", "os", "subprocess", "pydantic_settings",
}  # fmt: skip
#: What the process that the internet talks to must never load.
NOT_FOR_WEB = {
    "prefect", "psycopg", "markdown_it", "mrml", "notion_client", "resend", "sqlalchemy", "fastapi", "requests",
}  # fmt: skip
#: The stack on one machine makes its secrets; the operator's tool stands in the worker's image; what lives long shares how.
BESIDE = {
    "local": ("services.init",), "cli": ("services.worker",),
    "server": ("services.collector", "services.serving"), "worker": ("services.collector",),
    "web": ("services.serving",),
}  # fmt: skip
IMAGES = {"web": "requirements-web.lock", "server": "requirements.lock", "worker": "requirements.lock"}


def module_of(path: Path) -> str:
    return ".".join(path.with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_of(path): path for path in SOURCES}


@cache
def imports(path: Path) -> frozenset[str]:
    """The modules that a file imports anywhere in it; of `from a import b` both a and, if it is one, a.b."""
    found = set(_named(ast.parse((ROOT / path).read_text())))
    return frozenset(
        name for name in found if name.split(".")[0] not in OURS or name in MODULES or "." not in name
    )


def _named(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def ours(path: Path) -> set[str]:
    return {name for name in imports(path) if name.split(".")[0] in OURS}


def reached(*modules: str) -> set[str]:
    """Our modules that these load, themselves and the packages around them included."""
    found: set[str] = set()
    waiting = set(modules)
    while waiting:
        name = waiting.pop()
        found.add(name)
        around = {name.rsplit(".", 1)[0]} if "." in name else set()
        waiting |= (ours(MODULES[name]) | around) - found
    return found


def foreign(modules: set[str]) -> set[str]:
    """The packages from elsewhere that our modules name."""
    named = {name.split(".")[0] for module in modules for name in imports(MODULES[module])}
    return named - set(OURS) - sys.stdlib_module_names


def held_by(image: str) -> set[str]:
    """Our modules that are copied into an image."""
    return {module_of(path) for path in SOURCES if copied(path, image)}


def may_import(path: Path) -> tuple[str, ...]:
    """The parts of ours that a file may know."""
    match path.parts:
        case "flows", "domain", *_:
            return ("flows.domain",)
        case "flows", "adapters", *_:
            return ("flows.domain", "flows.adapters")
        case "flows", *_:
            return ("flows",)
        case _, part, *_:
            return ("flows", f"services.{part}", *BESIDE.get(part, ()))
        case _:
            return ()


def test_the_sources_are_found() -> None:
    assert {
        "flows.domain.letter",
        "flows.adapters.postgres",
        "flows.signup",
        "services.web.app",
    } <= MODULES.keys()


@pytest.mark.parametrize("path", SOURCES, ids=str)
def test_each_part_knows_only_the_parts_below_it(path: Path) -> None:
    allowed = may_import(path)
    beyond = {
        name
        for name in ours(path) - {"flows", "services"}
        if not any(_within(name, part) for part in allowed)
    }
    assert beyond == set()


def _within(name: str, part: str) -> bool:
    return name == part or name.startswith(f"{part}.")


@pytest.mark.parametrize("path", [path for path in SOURCES if path.parts[:2] == ("flows", "domain")], ids=str)
def test_a_rule_knows_nothing_of_the_outside(path: Path) -> None:
    assert {name.split(".")[0] for name in imports(path)} & OUTSIDE == set()


@pytest.mark.parametrize("path", [path for path in SOURCES if path.parts[:2] == ("flows", "domain")], ids=str)
def test_a_rule_does_not_ask_for_the_time(path: Path) -> None:
    source = (ROOT / path).read_text()
    assert not re.search(r"\b(?:datetime\.now|utcnow|today|time\.time|monotonic|uuid4|uuid1)\(", source)


@pytest.mark.parametrize(
    "path", [path for path in SOURCES if path.parts[:2] == ("flows", "adapters")], ids=str
)
def test_adapters_know_no_prefect_and_no_environment(path: Path) -> None:
    assert {name.split(".")[0] for name in imports(path)} & {"prefect", "os", "pydantic_settings"} == set()


@pytest.mark.parametrize("entry", ["services.web.app", "services.web.__main__", "services.init.__main__"])
def test_what_the_internet_talks_to_reaches_no_prefect_and_no_provider(entry: str) -> None:
    assert foreign(reached(entry)) & NOT_FOR_WEB == set()


@pytest.mark.parametrize("image", IMAGES)
def test_an_image_has_every_module_that_its_code_imports(image: str) -> None:
    held = held_by(image)
    assert f"services.{image}.__main__" in held
    assert reached(*held) - held == set()


@pytest.mark.parametrize(("image", "lock"), IMAGES.items())
def test_an_images_lock_has_every_package_that_its_code_imports(image: str, lock: str) -> None:
    locked = set(re.findall(r"^([a-z0-9-]+)==", (ROOT / lock).read_text(), re.MULTILINE))
    installed = packages_distributions()
    services = [name for name in held_by(image) if name.startswith("services")]
    missing = {
        name
        for name in foreign(reached(*services))
        if not {re.sub(r"[-_.]+", "-", found).lower() for found in installed.get(name, [])} & locked
    }
    assert missing == set()
