"""The process that the internet talks to, from nothing but the files that its image has."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from tests.images import ROOT, copied

UNWANTED = "prefect psycopg alembic sqlalchemy fastapi markdown_it mrml notion_client resend requests httpx"
PROGRAM = f"""
import sys
import services.web.__main__, services.init.secrets
from flows.adapters.campaign_files import read_campaigns
assert read_campaigns()
print(*{{*"{UNWANTED}".split()}} & {{*sys.modules}})
"""


def test_it_loads_without_the_rest_of_the_repository_and_reaches_no_prefect_and_no_provider(
    tmp_path: Path,
) -> None:
    for part in ("flows", "services"):
        for path in (ROOT / part).rglob("*"):
            if path.is_file() and copied(path.relative_to(ROOT), "web"):
                (tmp_path / path.relative_to(ROOT)).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, tmp_path / path.relative_to(ROOT))
    run = subprocess.run(
        [sys.executable, "-c", PROGRAM], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout.strip()) == (0, ""), run.stderr
