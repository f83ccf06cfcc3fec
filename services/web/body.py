"""Reading a request's body: bounded in size and in time."""

from __future__ import annotations

import asyncio

from starlette.requests import ClientDisconnect, Request

from services.web.errors import Refusal

#: Seconds that a caller has to send the whole body.
PATIENCE = 10.0


async def read_body(request: Request, most: int, patience: float = PATIENCE) -> bytes:
    """The body, of at most this many bytes.

    Raises:
        Refusal: 413, at once if the announced length is too long; 408 after `patience` seconds; 400 if it breaks off.
    """
    too_large = Refusal(413, f"the body may have {most} bytes")
    if int(request.headers.get("content-length", "0")) > most:
        raise too_large
    body = bytearray()
    try:
        async with asyncio.timeout(patience):
            async for chunk in request.stream():
                body += chunk
                if len(body) > most:
                    raise too_large
    except TimeoutError:
        raise Refusal(408, "the body came too slowly", {"Connection": "close"}) from None
    except ClientDisconnect:
        raise Refusal(400, "the body broke off") from None
    return bytes(body)
