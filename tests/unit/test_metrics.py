"""What Prometheus reads: a sound exposition, named by its rules, the same as documented, about nobody."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics import parser as openmetrics
from prometheus_client.parser import text_string_to_metric_families

from flows.adapters.totals import BOUNDS
from services.server.metrics import REASONS, exposition
from tests.desk import NOW
from tests.overviews import mail, reading
from tests.unit.test_funnel_page import away, get, there

PAGE = (Path(__file__).parents[2] / "docs/figures.md").read_text()
TEXT, CONTENT_TYPE = exposition(reading(), "")
FAMILIES = {family.name: family for family in text_string_to_metric_families(TEXT.decode())}
OURS = {name: family for name, family in FAMILIES.items() if name.startswith("campaigns_")}
OPEN = exposition(reading(), "application/openmetrics-text; version=1.0.0")[0].decode()
#: What promtool's linter (client_golang, promlint) wants in no name: units that are not the base, abbreviations, types.
OTHER_UNITS = re.compile(
    r"_(milliseconds|minutes|hours|days|weeks|bits|kilobytes|megabytes|gigabytes|percent)(_|$)"
)
ABBREVIATIONS = re.compile(r"_(s|ms|us|ns|sec|min|m|h|d|b|kb|mb|gb|tb|pb)(_|$)")
TYPES = re.compile(r"_(counter|gauge|histogram|summary|untyped)(_|$)")
UNITS = ("seconds", "bytes")


def value(name: str, **labels: str) -> float:
    """The value of a sample, by its whole name."""
    families = FAMILIES.values()
    return next(s.value for f in families for s in f.samples if (s.name, s.labels) == (name, labels))


@pytest.mark.parametrize(
    ("name", "labels", "expected"),
    [
        ("campaigns_ledger_up", {}, 1),
        ("campaigns_figures_timestamp_seconds", {}, NOW.timestamp()),
        ("campaigns_signups_total", {"campaign": "spring"}, 1010),
        ("campaigns_signups_entered_total", {"campaign": "spring"}, 1000),
        ("campaigns_signups_handed_over", {}, 1006),
        ("campaigns_signups_waiting", {}, 4),
        ("campaigns_signups_waiting_oldest_seconds", {}, 30),
        ("campaigns_signups_astray", {}, 1),
        ("campaigns_mails_sent_total", {"campaign": "spring", "step": "1"}, 1000),
        ("campaigns_mails", {"campaign": "spring", "step": "1", "state": "held"}, 1),
        ("campaigns_mails_reported", {"campaign": "spring", "step": "1", "report": "bounced"}, 20),
        ("campaigns_mails_due", {}, 2),
        ("campaigns_mails_due_oldest_seconds", {}, 90),
        ("campaigns_mails_due_within_day", {}, 3),
        ("campaigns_people", {"campaign": "spring", "state": "under_way"}, 700),
        ("campaigns_people_stopped", {"campaign": "spring", "reason": "unsubscribed"}, 60),
        ("campaigns_mirror_behind", {}, 5),
        ("campaigns_mirror_behind_oldest_seconds", {}, 3600),
        ("campaigns_provider_paused", {"provider": "resend"}, 1),
        ("campaigns_provider_paused", {"provider": "notion"}, 0),
        ("campaigns_provider_braked", {"provider": "resend"}, 1),
        ("campaigns_provider_account", {"provider": "notion"}, 1),
        ("campaigns_database_size_bytes", {"database": "campaigns"}, 9_000_000),
        ("campaigns_flow_runs", {"state": "failed"}, 1),
        ("campaigns_first_mail_seconds_bucket", {"campaign": "spring", "le": "0.5"}, 951),
        ("campaigns_first_mail_seconds_bucket", {"campaign": "spring", "le": "3600.0"}, 999),
        ("campaigns_first_mail_seconds_bucket", {"campaign": "spring", "le": "+Inf"}, 1000),
        ("campaigns_first_mail_seconds_count", {"campaign": "spring"}, 1000),
        ("campaigns_first_mail_seconds_sum", {"campaign": "spring"}, 4321.5),
    ],
)
def test_a_figure_is_there_for_prometheus(name: str, labels: dict[str, str], expected: float) -> None:
    assert value(name, **labels) == expected


def test_the_servers_own_figures_are_there_too() -> None:
    assert {"process_cpu_seconds", "process_resident_memory_bytes", "python_info"} <= FAMILIES.keys()


def test_it_is_the_text_format_unless_openmetrics_is_asked_for() -> None:
    assert CONTENT_TYPE.startswith("text/plain; version=0.0.4")
    _, kind = exposition(reading(), "application/openmetrics-text; version=1.0.0")
    assert kind.startswith("application/openmetrics-text")


def test_the_strict_parser_of_openmetrics_reads_the_same_figures() -> None:
    """It refuses what the lenient one lets through: a series twice, buckets that shrink, a counter without `_total`."""
    families = {family.name: family for family in openmetrics.text_string_to_metric_families(OPEN)}
    assert {name: families[name].samples for name in OURS} == {
        name: family.samples for name, family in OURS.items()
    }


def test_the_strict_parser_sees_what_is_wrong() -> None:
    for wrong in (OPEN.replace("# EOF\n", ""), OPEN.replace("mails_sent_total{", "mails_sent{")):
        with pytest.raises(ValueError, match="."):
            list(openmetrics.text_string_to_metric_families(wrong))


@pytest.mark.parametrize("family", OURS.values(), ids=lambda family: family.name)
def test_names_keep_prometheus_rules(family: Metric) -> None:
    assert re.fullmatch(r"campaigns_[a-z_]+", family.name)
    assert not any(wrong.search(family.name) for wrong in (OTHER_UNITS, ABBREVIATIONS, TYPES))
    assert family.name.endswith(UNITS) == any(unit in family.name for unit in UNITS)
    assert family.documentation.endswith(".")
    totals = {sample.name.endswith("_total") for sample in family.samples}
    assert totals <= {family.type == "counter"}
    assert family.type in ("counter", "gauge", "histogram")
    assert not re.search(r"_(count|sum|bucket|total|info)$", family.name)
    assert {"le" in sample.labels for sample in family.samples} <= {False, family.type == "histogram"}


def test_labels_are_few_and_none_can_be_a_person() -> None:
    allowed = {"campaign", "step", "state", "reason", "report", "provider", "database", "le"}
    labels = {label for family in OURS.values() for sample in family.samples for label in sample.labels}
    assert labels <= allowed


def test_a_reason_that_somebody_typed_is_no_label() -> None:
    reasons = {sample.labels["reason"] for sample in OURS["campaigns_people_stopped"].samples}
    assert reasons == {*REASONS, "other"}
    assert value("campaigns_people_stopped", campaign="spring", reason="other") == 40


def test_the_documents_name_every_figure_with_its_kind_and_no_other() -> None:
    rows = dict(re.findall(r"^\| `(campaigns_\w+)`[^|]*\| (\w+) \|", PAGE, re.MULTILINE))
    assert rows == {
        family.name + ("_total" if family.type == "counter" else ""): family.type for family in OURS.values()
    }


def test_what_has_not_happened_yet_is_there_as_zero() -> None:
    said, _ = exposition(reading(mails=[mail(), mail(step=2, mail="two", sent=0)]), "")
    assert 'campaigns_mails_sent_total{campaign="spring",step="2"} 0.0' in said.decode()


def test_while_the_ledger_is_away_the_scrape_says_so_and_the_server_is_still_seen() -> None:
    answer = get("/metrics", away)
    assert (answer.status_code, "campaigns_ledger_up 0.0" in answer.text) == (200, True)
    assert "process_cpu_seconds_total" in answer.text
    assert "campaigns_signups_total" not in answer.text


def test_a_scraper_is_answered_in_the_format_that_it_asks_for() -> None:
    plain, open_metrics = (
        get("/metrics", there),
        get("/metrics", there, Accept="application/openmetrics-text"),
    )
    assert plain.headers["content-type"].startswith("text/plain")
    assert open_metrics.text.endswith("# EOF\n")


def test_first_mails_are_sorted_by_the_seconds_that_matter() -> None:
    assert {0.25, 0.5, 1, 2, 5, 60} <= set(BOUNDS)
