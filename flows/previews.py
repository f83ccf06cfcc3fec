"""A mail that nobody got, as an artifact in Prefect's UI: what would have left, had there been an account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from prefect.artifacts import create_markdown_artifact

from flows.domain.letter import Letter
from flows.domain.notice import Notice


def show(letter: Letter, body: Mapping[str, Any]) -> None:
    """Keep subject, text and HTML of a rendered mail with the run that rendered it."""
    create_markdown_artifact(
        key=f"preview-{letter.campaign}-{letter.mail}",
        description=f"Preview: {letter.mail}, mail {letter.step} of {letter.campaign}. It was not sent: RESEND_API_KEY is not set.",
        markdown=(
            f"# {body['subject']}\n\n**Preview: this mail was not sent.**\n\n"
            f"## Text\n\n```text\n{body['text']}\n```\n\n## HTML\n\n```html\n{body['html']}\n```\n"
        ),
    )


def show_notice(notice: Notice, body: Mapping[str, Any]) -> None:
    """Keep what the operator would have been mailed with the run that wrote it."""
    create_markdown_artifact(
        key=f"notice-{notice.kind}",
        description="Preview: a mail to the operator. It was not sent: RESEND_API_KEY is not set.",
        markdown=f"# {body['subject']}\n\n**Preview: this mail was not sent.**\n\n```text\n{body['text']}\n```\n",
    )
