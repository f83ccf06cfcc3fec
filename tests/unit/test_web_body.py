"""A body is bounded in size and in time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable

import pytest
from starlette.requests import Request
from starlette.types import Message

from services.web.body import read_body
from services.web.errors import Refusal


def _request(chunks: Iterable[bytes | None], length: str | None = None) -> Request:
    """A request that sends these chunks and then nothing more; None is the end of the connection."""
    left = iter(chunks)
    headers = [(b"content-length", length.encode())] if length else []

    async def receive() -> Message:
        for chunk in left:
            if chunk is None:
                return {"type": "http.disconnect"}
            return {"type": "http.request", "body": chunk, "more_body": True}
        await asyncio.sleep(60)
        raise AssertionError

    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


@pytest.mark.parametrize(
    ("chunks", "length", "status"),
    [
        ([], "11", 413),  # announced, nothing read
        ([b"12345", b"123456"], None, 413),
        ([b"1234"], None, 408),
        ([b"1234", None], "10", 400),
    ],
)
def test_a_body_that_is_too_large_too_slow_or_broken_is_refused(
    chunks: list[bytes | None], length: str | None, status: int
) -> None:
    with pytest.raises(Refusal) as refusal:
        asyncio.run(read_body(_request(chunks, length), most=10, patience=0.02))
    assert refusal.value.status == status
