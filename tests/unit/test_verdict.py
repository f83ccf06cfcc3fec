"""The table of what the mail provider's answers mean."""

from __future__ import annotations

import pytest

from flows.domain.verdict import NO_ID, Action, judge

HOLD, RETRY, STOP = Action.HOLD, Action.RETRY, Action.STOP_SENDING


@pytest.mark.parametrize(
    ("status", "name", "action"),
    [
        (200, None, Action.SENT),
        (201, None, Action.SENT),
        (200, NO_ID, HOLD),
        (None, None, RETRY),
        (400, "validation_error", HOLD),
        (400, "invalid_idempotency_key", HOLD),
        (400, "invalid_api_key", STOP),
        (401, "missing_api_key", STOP),
        (401, "restricted_api_key", STOP),
        (401, "a_new_name", STOP),
        (403, "invalid_api_key", STOP),
        (403, "validation_error", STOP),
        (403, "a_new_name", STOP),
        (404, "not_found", STOP),
        (405, "method_not_allowed", STOP),
        (408, None, RETRY),
        (409, "invalid_idempotent_request", HOLD),
        (409, "concurrent_idempotent_requests", RETRY),
        (409, "a_new_name", HOLD),
        (422, "missing_required_field", HOLD),
        (422, "invalid_from_address", STOP),
        (429, "rate_limit_exceeded", RETRY),
        (429, "daily_quota_exceeded", Action.PAUSE_UNTIL_TOMORROW),
        (429, "monthly_quota_exceeded", Action.PAUSE),
        (429, "a_new_name", RETRY),
        (451, "security_error", HOLD),
        (499, "a_new_name", HOLD),
        (500, "application_error", RETRY),
        (529, "a_new_name", RETRY),
        (302, None, STOP),
    ],
)
def test_every_kind_of_answer_has_its_action(status: int | None, name: str | None, action: Action) -> None:
    assert judge(status, name).action is action


def test_every_status_has_a_verdict_with_a_whole_sentence() -> None:
    reasons = [judge(status).reason for status in (None, *range(100, 600))]

    assert [reason for reason in reasons if not reason.endswith(".") or "{" in reason] == []


def test_a_reason_names_the_answer() -> None:
    assert "(422 invalid_attachment)" in judge(422, "invalid_attachment").reason


def test_a_name_that_could_be_somebodys_address_is_left_out() -> None:
    assert "anna" not in judge(422, "anna@lead.example").reason


def test_the_wait_is_passed_on() -> None:
    assert judge(429, "rate_limit_exceeded", 7.0).retry_after == 7.0


def test_a_number_that_is_no_status_is_an_error() -> None:
    with pytest.raises(ValueError, match="777"):
        judge(777)
