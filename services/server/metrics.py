"""The figures for Prometheus. `docs/figures.md` says what each means, and a test keeps the two equal.

What may go down is a gauge: a mail that was delivered can be reported as bounced, a stop can be lifted, a signup can be
handed over again. What is a counter never goes down: `tally` in the ledger sees to it, also when a person is erased.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import TypeVar

from prometheus_client import CollectorRegistry, GCCollector, PlatformCollector, ProcessCollector
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import choose_encoder
from prometheus_client.registry import Collector

from flows.adapters.figures import People
from flows.adapters.totals import BOUNDS, Total, Waits
from flows.overview import Overview
from services.server.reading import Reading

#: Stops by reason. Whatever else a person has typed as one is `other`, so that the labels stay few.
REASONS = ("unsubscribed", "bounced", "complained", "erased")
#: Where a mail is, by the column of the funnel.
STATES = ("waiting", "sent", "held", "skipped", "failed", "previewed")
#: What Resend reported of it.
REPORTS = ("delivered", "bounced", "complained")


def exposition(reading: Reading | None, accept: str) -> tuple[bytes, str]:
    """The answer to a scrape, and its content type.

    Args:
        reading: None while the ledger is away: then there is little more than that to tell.
        accept: the request's header; OpenMetrics if it asks for it, else the text format.
    """
    encode, content_type = choose_encoder(accept)
    registry = CollectorRegistry()
    registry.register(_Figures(reading))
    for collector in (ProcessCollector, PlatformCollector, GCCollector):
        collector(registry=registry)
    return encode(registry), content_type


class _Figures(Collector):
    def __init__(self, reading: Reading | None) -> None:
        self._reading = reading

    def collect(self) -> Iterable[Metric]:
        yield _gauge("ledger_up", "Whether the ledger could be read.", float(self._reading is not None))
        if self._reading is not None:
            yield from _all(self._reading)


def _all(reading: Reading) -> Iterator[Metric]:
    seen = reading.overview
    yield _gauge(
        "figures_timestamp_seconds", "When the figures were read, in Unix time.", seen.at.timestamp()
    )
    yield from _totals(reading.total, seen)
    yield from _signups(seen, reading.total)
    yield from _people(seen)
    yield from _mails(seen)
    yield from _around(seen)
    yield _labelled(
        "database_size_bytes", "Size of a database on disk.", ("database",), reading.sizes.items()
    )
    if reading.runs is not None:
        yield _labelled("flow_runs", "Prefect's flow runs by state.", ("state",), reading.runs.items())


def _totals(total: Total, seen: Overview) -> Iterator[Metric]:
    """What has not happened yet stands there as 0, or nobody could see the first time."""
    none = dict.fromkeys(seen.campaigns, 0)
    signups, entered = none | dict(total.signups), none | dict(total.entered)
    yield _counter("signups", "Signups accepted.", ("campaign",), signups.items())
    yield _counter(
        "signups_entered", "Signups whose person is in the ledger.", ("campaign",), entered.items()
    )
    mails = dict.fromkeys(((mail.campaign, mail.step) for mail in seen.mails), 0) | dict(total.sent)
    sent = [((campaign, str(step)), count) for (campaign, step), count in mails.items()]
    yield _counter("mails_sent", "Mails that left.", ("campaign", "step"), sent)
    yield _histogram(total)


def _signups(seen: Overview, total: Total) -> Iterator[Metric]:
    waiting = seen.waiting_signups
    handed_over = sum(total.signups.values()) - waiting.count
    yield _gauge("signups_handed_over", "Signups that Prefect has got.", handed_over)
    yield _gauge("signups_waiting", "Signups that Prefect has not got yet.", waiting.count)
    yield _gauge(
        "signups_waiting_oldest_seconds", "How long the oldest of them waits.", _age(waiting.since, seen.at)
    )
    yield _gauge(
        "signups_astray", "Signups whose run has enrolled nobody; see campaigns retry.", seen.astray_signups
    )


def _people(seen: Overview) -> Iterator[Metric]:
    states = [
        ((name, state), count)
        for name, people in seen.campaigns.items()
        for state, count in (("under_way", people.under_way), ("finished", people.finished))
    ]
    yield _labelled("people", "People who are not stopped.", ("campaign", "state"), states)
    stops = [
        ((name, *stop), count) for name, people in seen.campaigns.items() for stop, count in _stops(people)
    ]
    yield _labelled(
        "people_stopped", "People who get no more mail, by reason.", ("campaign", "reason"), stops
    )


def _stops(people: People) -> Iterator[tuple[tuple[str], int]]:
    for reason in REASONS:
        yield (reason,), people.stopped.get(reason, 0)
    yield ("other",), sum(count for reason, count in people.stopped.items() if reason not in REASONS)


def _mails(seen: Overview) -> Iterator[Metric]:
    by = ("campaign", "step")
    yield _labelled("mails", "Mails by where they are.", (*by, "state"), _columns(seen, STATES))
    yield _labelled(
        "mails_reported",
        "Mails by the gravest that Resend reported of them.",
        (*by, "report"),
        _columns(seen, REPORTS),
    )
    yield _gauge("mails_due", "Mails that should have left.", seen.due.count)
    yield _gauge(
        "mails_due_oldest_seconds", "How long the oldest of them is due.", _age(seen.due.since, seen.at)
    )
    yield _gauge("mails_due_within_day", "Mails that leave within 24 hours.", seen.soon)


def _columns(seen: Overview, columns: Iterable[str]) -> list[tuple[tuple[str, ...], int]]:
    """Of mails that share a step, because a campaign's versions differ, the sum."""
    counts: dict[tuple[str, ...], int] = {}
    for mail in seen.mails:
        for column in columns:
            key = (mail.campaign, str(mail.step), column)
            counts[key] = counts.get(key, 0) + getattr(mail, column)
    return list(counts.items())


def _around(seen: Overview) -> Iterator[Metric]:
    yield _gauge("mirror_behind", "Records that Notion does not show as they are.", seen.mirror.count)
    yield _gauge(
        "mirror_behind_oldest_seconds",
        "How long the oldest of them is behind.",
        _age(seen.mirror.since, seen.at),
    )
    paused = {pause.provider for pause in seen.pauses}
    for_a_person = {pause.provider for pause in seen.pauses if pause.until is None}
    by, providers = ("provider",), seen.accounts
    yield _labelled(
        "provider_paused", "1 while nothing is asked of it.", by, [(p, p in paused) for p in providers]
    )
    yield _labelled(
        "provider_braked",
        "1 while that lasts until a person acts.",
        by,
        [(p, p in for_a_person) for p in providers],
    )
    known = [(provider, there) for provider, there in providers.items() if there is not None]
    yield _labelled("provider_account", "1 if there is an account, 0 in preview.", by, known)


def _age(since: datetime | None, now: datetime) -> float:
    return max((now - since) / timedelta(seconds=1), 0) if since else 0


def _histogram(total: Total) -> HistogramMetricFamily:
    made = HistogramMetricFamily(
        "campaigns_first_mail_seconds",
        "From the signup's POST to the moment when its first mail had left, if that was due at once.",
        labels=("campaign",),
    )
    for campaign, waits in total.first_mails.items():
        made.add_metric([campaign], list(_cumulated(waits)), waits.seconds)
    return made


def _cumulated(waits: Waits) -> Iterator[tuple[str, float]]:
    count = 0
    for bound, own in zip((*map(str, BOUNDS), "+Inf"), waits.buckets, strict=True):
        count += own
        yield bound, count


def _gauge(name: str, help_text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"campaigns_{name}", help_text, value=value)


Samples = Iterable[tuple[str | tuple[str, ...], float]]
Family = TypeVar("Family", GaugeMetricFamily, CounterMetricFamily)


def _labelled(name: str, help_text: str, labels: tuple[str, ...], samples: Samples) -> GaugeMetricFamily:
    return _filled(GaugeMetricFamily(f"campaigns_{name}", help_text, labels=labels), samples)


def _counter(name: str, help_text: str, labels: tuple[str, ...], samples: Samples) -> CounterMetricFamily:
    return _filled(CounterMetricFamily(f"campaigns_{name}", help_text, labels=labels), samples)


def _filled(family: Family, samples: Samples) -> Family:
    for labels, value in samples:
        family.add_metric([labels] if isinstance(labels, str) else labels, float(value))
    return family
