"""The process that the internet talks to stays small."""

from __future__ import annotations

import subprocess
import sys

UNWANTED = "prefect psycopg alembic sqlalchemy fastapi markdown_it mrml notion_client resend requests httpx"


def test_the_public_service_loads_no_prefect_and_no_provider() -> None:
    program = f"import sys, services.web.__main__; print({{*'{UNWANTED}'.split()}} & {{*sys.modules}})"
    loaded = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True)
    assert loaded.stdout.strip() == "set()"
