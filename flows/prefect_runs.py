"""Flow runs through Prefect's own API: looked at, run again, removed with all that they left behind."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from uuid import UUID

import httpx
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterFlowRunId
from prefect.exceptions import ObjectNotFound, PrefectHTTPStatusError
from prefect.settings import PREFECT_API_URL
from prefect.states import AwaitingRetry


class PrefectAway(RuntimeError):
    """Prefect could not be asked; the sentence says what to look at."""


class Runs:
    """Every method raises `PrefectAway`."""

    def __init__(self, client: SyncPrefectClient) -> None:
        self._client = client

    def again(self, run: UUID) -> str:
        """Have a run that has ended run once more. Returns `again`, `gone` if there is none, or `under way`."""
        with _asking():
            try:
                found = self._client.read_flow_run(run)
            except ObjectNotFound:
                return "gone"
            if found.state is None or not found.state.is_final():
                return "under way"
            self._client.set_flow_run_state(run, AwaitingRetry())
        return "again"

    def erase(self, runs: Sequence[UUID]) -> int:
        """Remove these runs with their artifacts; Prefect removes their logs and states. Returns how many there were."""
        return sum(self._erase(run) for run in runs)

    def workers(self, pool: str) -> list[str]:
        """The status of each worker of a pool: `ONLINE` or `OFFLINE`."""
        with _asking():
            return [worker.status.value for worker in self._client.read_workers_for_work_pool(pool)]

    def version(self) -> str:
        with _asking():
            return self._client.api_version()

    def _erase(self, run: UUID) -> bool:
        with _asking():
            mine = ArtifactFilter(flow_run_id=ArtifactFilterFlowRunId(any_=[run]))
            while artifacts := self._client.read_artifacts(artifact_filter=mine, limit=200):
                for artifact in artifacts:
                    assert artifact.id is not None
                    self._client.delete_artifact(artifact.id)
            try:
                self._client.delete_flow_run(run)
            except ObjectNotFound:
                return False
        return True


@contextmanager
def connected() -> Iterator[Runs]:
    """Prefect as this process's environment names it.

    Raises:
        PrefectAway: no server is named, and none is started for it.
    """
    if not PREFECT_API_URL.value():
        raise PrefectAway(
            "Prefect's address is not set (PREFECT_API_URL): run this in the worker's container."
        )
    with ExitStack() as open_until_the_end:
        with _asking():
            client = open_until_the_end.enter_context(get_client(sync_client=True))
        yield Runs(client)


@contextmanager
def _asking() -> Iterator[None]:
    """`from None`: an answer may repeat a person's parameters."""
    try:
        yield
    except PrefectHTTPStatusError as error:
        what = "refuses the login" if error.response.status_code in (401, 403) else "answered with an error"
        raise PrefectAway(
            f"Prefect {what} ({error.response.status_code}). See make logs, service server."
        ) from None
    except (httpx.HTTPError, RuntimeError) as error:
        if isinstance(error, PrefectAway):
            raise
        raise PrefectAway(
            f"Prefect did not answer ({type(error).__name__}). Is the service server up?"
        ) from None
