"""A person in Chromium before `examples/website`, which posts to the whole stack in both ways."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.example_site import browser, example_site, fill_in
from tests.stack.deployment import SITE_PORT, Deployment

WAYS = ["/", "/browser"]
BOX = "Yes, send me my results"
COLOURS = {"direction": "red", "money": "orange", "marketing": "yellow"}


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with browser() as running:
        yield running


@pytest.fixture(scope="module")
def site(stack: Deployment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The site, which trusts the stack's own authority as its README says."""
    root: Path = tmp_path_factory.mktemp("site") / "root.crt"
    root.write_text(
        stack.compose.execute("caddy", "cat", "/data/caddy/pki/authorities/local/root.crt").stdout
    )
    intake = f"https://localhost:{stack.port}"
    with example_site(SITE_PORT, intake, NODE_EXTRA_CA_CERTS=str(root)) as url:
        yield url


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(ignore_https_errors=True)
    yield context.new_page()
    context.close()


def signups(stack: Deployment, email: str) -> list[list[str]]:
    return stack.ledger(
        "SELECT id, parameters->>'red_systems', parameters->>'green_systems', parameters->>'weakest_system_1' "
        f"FROM signup WHERE parameters->>'email' = '{email}'"
    )


@pytest.mark.parametrize("way", WAYS)
def test_a_person_fills_in_the_form_and_gets_the_mail(
    stack: Deployment, site: str, page: Page, way: str
) -> None:
    email = f"visitor{WAYS.index(way)}@example.com"
    page.goto(site + way)
    fill_in(page, email, COLOURS)
    expect(page.get_by_label(BOX)).not_to_be_checked()
    page.get_by_label(BOX).check()
    page.get_by_role("button").click()
    expect(page.get_by_role("heading")).to_have_text("Thank you. Your result is on its way.", timeout=60_000)
    [[run_id, *answers]] = signups(stack, email)
    assert answers == ["1", "5", "Direction"]
    assert stack.ended(run_id)["state_type"] == "COMPLETED"
    [mail] = stack.sent(email)
    assert "Anna" in mail["text"]
    [[words, address]] = stack.ledger(
        f"SELECT words, page FROM consent WHERE signup_id = '{run_id}' AND act = 'agreed'"
    )
    assert words.startswith(BOX)
    assert address == site + way


def test_a_form_that_is_sent_at_once_comes_back_with_its_answers_and_is_taken_later(
    stack: Deployment, site: str, page: Page
) -> None:
    email = "fast@example.com"
    page.goto(site)
    page.evaluate("document.querySelector('form').noValidate = true")
    page.get_by_label("E-mail", exact=True).fill(email)
    page.get_by_role("button").click()
    expect(page.locator("#form-error")).to_contain_text("quicker than we can read")
    expect(page.get_by_label("E-mail", exact=True)).to_have_value(email)
    fill_in(page, email)
    page.get_by_role("button").click()
    page.wait_for_url("**/thanks", timeout=60_000)
    assert len(signups(stack, email)) == 1


@pytest.mark.parametrize("way", WAYS)
def test_the_intakes_sentence_stands_beside_the_field_and_the_corrected_form_is_taken(
    stack: Deployment, site: str, page: Page, way: str
) -> None:
    page.goto(site + way)
    fill_in(page, f"typo{WAYS.index(way)}@example", COLOURS)
    page.get_by_role("button").click()
    beside = page.locator("#email-error")
    expect(beside).to_contain_text("Not a valid email address", timeout=60_000)
    expect(page.get_by_label("E-mail", exact=True)).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("E-mail", exact=True)).to_be_focused()
    expect(page.locator("input[name=direction][value=red]")).to_be_checked()
    email = f"mended{WAYS.index(way)}@example.com"
    page.get_by_label("E-mail", exact=True).fill(email)
    page.get_by_role("button").click()
    page.wait_for_url("**/thanks", timeout=60_000)
    assert len(signups(stack, email)) == 1


@pytest.mark.parametrize("way", WAYS)
def test_a_double_click_signs_up_once(stack: Deployment, site: str, page: Page, way: str) -> None:
    email = f"hasty{WAYS.index(way)}@example.com"
    page.goto(site + way)
    fill_in(page, email)
    page.get_by_role("button").dblclick()
    page.wait_for_url("**/thanks", timeout=60_000)
    assert len(signups(stack, email)) == 1


def test_without_scripts_the_form_works_and_a_double_click_signs_up_once(
    stack: Deployment, site: str, chromium: Browser
) -> None:
    context = chromium.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(site)
    fill_in(page, "noscript@example.com")
    page.get_by_role("button").dblclick()
    page.wait_for_url("**/thanks", timeout=60_000)
    context.close()
    assert len(signups(stack, "noscript@example.com")) == 1


def test_a_page_of_another_origin_signs_nobody_up_and_says_so(
    stack: Deployment, site: str, page: Page
) -> None:
    page.goto(site.replace("localhost", "127.0.0.1") + "/browser")
    fill_in(page, "stranger@example.com")
    page.get_by_role("button").click()
    expect(page.locator("#progress")).to_contain_text("Trying again", timeout=60_000)
    expect(page.locator("#form-error")).to_contain_text("could not be sent just now", timeout=120_000)
    assert signups(stack, "stranger@example.com") == []


@pytest.mark.parametrize("way", [*WAYS, "/thanks"])
def test_a_page_breaks_no_rule_of_its_own_and_fits_a_small_phone(site: str, page: Page, way: str) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.set_viewport_size({"width": 320, "height": 640})
    page.goto(site + way, wait_until="networkidle")
    assert said == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
