"""The look for known vulnerabilities informs, and can neither fail a build nor hold it up."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

AUDIT = Path(__file__).parents[2] / ".ci/audit"
FOUND = {"name": "a", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"]}]}
SOUND = {"name": "b", "version": "2", "vulns": []}
UNKNOWN = {"name": "c", "skip_reason": "not found"}

ANSWERS = {
    "one is known": (
        f"echo '{json.dumps({'dependencies': [FOUND, SOUND]})}'; exit 1",
        "a 1: PYSEC-1, mended in 1.1",
    ),
    "none is known": (
        f"echo '{json.dumps({'dependencies': [SOUND]})}'",
        "nothing is known against its 1 packages",
    ),
    "nobody could be asked": (
        f"echo '{json.dumps({'dependencies': [SOUND, UNKNOWN]})}'",
        "1 of 2 packages could not be looked up",
    ),
    "it broke": ("echo 'no route to host' >&2; exit 2", "not known (JSONDecodeError): is there a network?"),
    "it hangs": ("exec sleep 60", "not known (TimeoutExpired): is there a network?"),
}


@pytest.mark.parametrize(("script", "said"), ANSWERS.values(), ids=ANSWERS)
def test_whatever_the_auditor_does_one_line_is_said_and_nothing_fails(
    tmp_path: Path, script: str, said: str
) -> None:
    done = _audit(tmp_path, script)
    assert (done.returncode, done.stdout) == (0, f"audit of a.lock: {said}\n")


def test_without_an_auditor_that_is_said(tmp_path: Path) -> None:
    assert "not known (FileNotFoundError)" in _audit(tmp_path, None).stdout


def _audit(directory: Path, script: str | None) -> subprocess.CompletedProcess[str]:
    """In a place where uv is this script, or is not."""
    tools = {name: shutil.which(name) or "" for name in ("sleep", "bash")}
    for name, path in tools.items():
        (directory / name).symlink_to(path)
    if script:
        (directory / "uv").write_text(f"#!/bin/bash\n{script}\n")
        (directory / "uv").chmod(0o755)
    python = directory / "python"
    python.symlink_to(Path(sys.executable).resolve())
    return subprocess.run(
        [python, "-I", AUDIT, "a.lock"], cwd=directory, capture_output=True, text=True, timeout=60, check=False,
        env=os.environ | {"PATH": str(directory), "AUDIT_PATIENCE": "2"},
    )  # fmt: skip
