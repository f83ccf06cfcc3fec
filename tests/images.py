"""What services/Dockerfile copies into each image."""

from __future__ import annotations

from functools import cache
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[1]


def copied(path: Path, image: str) -> bool:
    """Whether a file of the repository, by its path in it, is in the image of this name."""
    base, paths = _stages()[image]
    here = any(PurePosixPath(path.as_posix()).is_relative_to(one) for one in paths)
    return here or (base in _stages() and copied(path, base))


@cache
def _stages() -> dict[str, tuple[str, tuple[str, ...]]]:
    """Of each stage the one that it builds on, and the paths that it copies from the repository."""
    stages: dict[str, tuple[str, tuple[str, ...]]] = {}
    name = ""
    for line in (ROOT / "services/Dockerfile").read_text().splitlines():
        words = line.split()
        if words[:1] == ["FROM"]:
            name = words[3]
            stages[name] = (words[1], ())
        elif words[:1] == ["COPY"] and not words[1].startswith("--"):
            base, paths = stages[name]
            stages[name] = (base, (*paths, *words[1:-1]))
    return stages
