"""How often a client, and all clients together, may sign up in a minute."""

from __future__ import annotations

import time
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Network, ip_address

from limits import RateLimitItem, RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from services.web.errors import Refusal
from services.web.hour import too_many


class Rates:
    """Two limits, counted in this process from a client's first request of a minute."""

    def __init__(self, per_client: int, total: int) -> None:
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._per_client = RateLimitItemPerMinute(per_client, namespace="client")
        self._total = RateLimitItemPerMinute(total, namespace="total")

    async def admit(self, host: str) -> None:
        """Count one request of this client.

        Whoever is over their own limit uses up nothing of what everybody shares.

        Raises:
            Refusal: 429, with the seconds until the window ends.
        """
        client = network_of(host)
        if not await self._limiter.test(self._total):
            raise await self._too_fast(self._total)
        if not await self._limiter.hit(self._per_client, client):
            raise await self._too_fast(self._per_client, client)
        await self._limiter.hit(self._total)

    async def _too_fast(self, limit: RateLimitItem, *client: str) -> Refusal:
        window = await self._limiter.get_window_stats(limit, *client)
        wait = timedelta(seconds=window.reset_time - time.time())
        return too_many("too many requests; wait a little", wait)


def network_of(host: str) -> str:
    """What counts as one client: an IPv4 address, or the /64 that an IPv6 customer gets."""
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv4Address):
        return str(address)
    return str(address.ipv4_mapped or IPv6Network((int(address), 64), strict=False))
