"""What has happened since the beginning, as totals that never go down: not by clearing, and not by an erasure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flows.adapters.postgres import Ledger

#: The seconds by which first mails are sorted; the view `tally` has the same.
BOUNDS = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 60.0, 300.0, 3600.0)


@dataclass(frozen=True, kw_only=True)
class Waits:
    """How long after the POST first mails left that were due at once: how many for each bound, and more than all."""

    buckets: Sequence[int]
    seconds: float


@dataclass(frozen=True, kw_only=True)
class Total:
    """Signups by campaign, mails sent by campaign and step, and how long first mails took by campaign."""

    signups: Mapping[str, int]
    entered: Mapping[str, int]
    sent: Mapping[tuple[str, int], int]
    first_mails: Mapping[str, Waits]


class Totals(Ledger):
    """The ledger, summed up. It changes nothing, and only the role `server` may do it."""

    def total(self, flows: Mapping[str, str]) -> Total:
        """`flows` are the flows' names and their campaigns'; a flow that is no more stands under its own name."""
        with self._statement("sum up") as cursor:
            rows = cursor.execute(_TOTALS).fetchall()
        of = {figure: [row for row in rows if row["figure"] == figure] for figure in _FIGURES}
        return Total(
            signups={flows.get(row["source"], row["source"]): row["count"] for row in of["signups"]},
            entered={flows.get(row["source"], row["source"]): row["count"] for row in of["entered"]},
            sent={(row["source"], row["step"]): row["count"] for row in of["sent"]},
            first_mails=_waits(of["first mail"]),
        )

    def sizes(self) -> dict[str, int]:
        """Bytes on disk by database: ours, and Prefect's where this role may look."""
        with self._statement("measure the databases") as cursor:
            return {row["name"]: row["bytes"] for row in cursor.execute(_SIZES).fetchall()}


def _waits(rows: Sequence[Mapping[str, Any]]) -> dict[str, Waits]:
    found: dict[str, dict[int, Mapping[str, Any]]] = {}
    for row in rows:
        found.setdefault(row["source"], {})[row["bucket"]] = row
    return {
        campaign: Waits(
            buckets=[own[at]["count"] if at in own else 0 for at in range(len(BOUNDS) + 1)],
            seconds=sum(row["seconds"] for row in own.values()),
        )
        for campaign, own in found.items()
    }


_FIGURES = ("signups", "entered", "sent", "first mail")
_TOTALS = """
    SELECT figure, source, step, bucket, sum(count)::bigint AS count, sum(seconds) AS seconds
    FROM (SELECT figure, source, step, bucket, count(*) AS count, sum(seconds) AS seconds FROM tally
          GROUP BY figure, source, step, bucket
          UNION ALL SELECT figure, source, step, bucket, count, seconds FROM erased_tally) AS counted
    GROUP BY figure, source, step, bucket ORDER BY figure, source, step, bucket"""
_SIZES = """
    SELECT datname AS name, pg_database_size(datname) AS bytes FROM pg_database
    WHERE datname IN (current_database(), 'prefect') AND has_database_privilege(datname, 'CONNECT')"""
