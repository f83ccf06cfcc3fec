"""An answer to a claim that is lost is noticed: what was claimed in it has nobody, and is looked for."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import httpx
import pytest

from services.worker.worker import CampaignWorker


def test_a_claim_whose_answer_is_lost_is_not_sent_again_and_leaves_the_worker_unsure() -> None:
    asked = []

    def cut(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        raise httpx.ReadError("the server is gone", request=request)

    worker = CampaignWorker.__new__(CampaignWorker)  # without its children
    http = httpx.AsyncClient(transport=httpx.MockTransport(cut), base_url="http://server/api")
    worker._unsure, worker._client = False, SimpleNamespace(_client=http)  # type: ignore[assignment]
    with pytest.raises(httpx.ReadError):
        asyncio.run(worker._claim(1))
    assert asked == ["/api/claim"]
    assert worker._unsure
