"""The public routes put together; everything else is 404."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.routing import Route

from flows.domain.campaign import Campaign
from flows.domain.language import Languages
from flows.settings import Settings, WrongSetting
from services.web.bookings import BookingRoute
from services.web.cal import CAL
from services.web.calendly import CALENDLY
from services.web.confirm import ConfirmRoute
from services.web.errors import Away, Guard, Refusal, on_away, on_http_exception, on_refusal
from services.web.events import EventsRoute
from services.web.healthz import HealthRoute
from services.web.order import Desk
from services.web.pages import Readers
from services.web.rates import Rates
from services.web.signup import Cors, SignupRoute
from services.web.store import Ledger
from services.web.unsubscribe import UnsubscribeRoute
from services.web.view import ViewRoute

Clock = Callable[[], datetime]


def create_app(
    settings: Settings,
    campaigns: Mapping[str, Campaign],
    languages: Languages,
    clock: Clock = lambda: datetime.now(UTC),
) -> Starlette:
    """The public application.

    Raises:
        WrongSetting: a setting that only this service needs is missing or not sound.
    """
    ledger = Ledger(settings)

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        async with ledger.opened():
            yield

    app = Starlette(
        routes=_routes(settings, campaigns, languages, ledger, clock),
        middleware=[Middleware(Guard)],
        exception_handlers={Refusal: on_refusal, Away: on_away, HTTPException: on_http_exception},
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False
    return app


def _routes(
    settings: Settings,
    campaigns: Mapping[str, Campaign],
    languages: Languages,
    ledger: Ledger,
    clock: Clock,
) -> list[Route]:
    if settings.link_key is None:
        raise WrongSetting("LINK_KEY is not set: the service `init` makes it, 32 characters or more")
    rates = Rates(settings.intake_per_minute, settings.intake_per_minute_total)
    signup = SignupRoute(Desk(campaigns.values()), ledger, rates, settings, clock)
    readers = Readers(campaigns, languages)
    unsubscribe = UnsubscribeRoute(ledger, settings.link_key, clock, readers)
    confirm = ConfirmRoute(ledger, settings.link_key, clock, readers)
    view = ViewRoute(ledger, settings.link_key, readers)
    events = EventsRoute(ledger, settings.resend_webhook_secret, clock)
    cal = BookingRoute(CAL, campaigns.values(), ledger, settings.cal_webhook_secret, clock)
    calendly = BookingRoute(CALENDLY, campaigns.values(), ledger, settings.calendly_webhook_secret, clock)
    cors = Middleware(
        Cors,
        allow_origins=settings.origins,
        allow_methods=["POST"],
        allow_headers=["content-type", "idempotency-key", "authorization"],
    )
    return [
        *(
            Route(path, signup.post, methods=["POST", "OPTIONS"], middleware=[cors])
            for path in ("/api/flow_runs/", "/api/flow_runs")
        ),
        Route("/unsubscribe/{token}", unsubscribe.answer, methods=["GET", "POST"]),
        Route("/confirm/{token}", confirm.answer, methods=["GET", "POST"]),
        Route("/view/{token}", view.get, methods=["GET"]),
        Route("/events/resend", events.post, methods=["POST"]),
        Route("/events/cal", cal.post, methods=["POST"]),
        Route("/events/calendly", calendly.post, methods=["POST"]),
        Route("/healthz", HealthRoute(ledger).get, methods=["GET"]),
    ]
