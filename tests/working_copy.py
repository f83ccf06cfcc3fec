"""The working tree as a fresh clone, with campaigns that may send real mail."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

from services.local.postgres import ROOT

CAMPAIGN = "flows/campaigns/christmas/campaign.yaml"
#: A campaign with a required consent and a double opt-in.
ASKED = ROOT / "tests/fixtures/campaigns/asked"

#: What a business would write for each placeholder.
VALUES = {
    "signature": "Anna Beispiel",
    "booking_link": "https://galatek.example/book",
    "offer": "a free call of 30 minutes",
    "first_call_link": "https://galatek.example/first",
    "contact": "by answering this mail",
    "bought": "ten weeks with a call each week",
}


def copy_to(directory: Path) -> None:
    """What git would have in a commit made now: ignored files such as `.env` stay behind."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    )  # fmt: skip
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (directory / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, directory / name)
    for campaign in directory.glob("flows/campaigns/*/campaign.yaml"):
        _fill_in(campaign)


def _fill_in(campaign: Path) -> None:
    text = campaign.read_text()
    campaign.write_text(
        re.sub(r'(?m)^  (\w+): "<.*?>"', lambda found: f"  {found[1]}: {VALUES[found[1]]}", text)
    )
