"""The certificate: Caddy renews it when a third of its life is left, so one with less is not renewed any more."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flows.adapters.certificate import CertificateUnknown, CertificateWrong, Validity
from flows.domain.finding import Finding, fail, off, ok, warn
from flows.settings import Settings

#: Shares of its life that are left, whether that is 90 days or 6. Caddy begins at a third.
LITTLE, TOO_LITTLE = 1 / 6, 1 / 15

_DO = "See make logs, service caddy: DNS of DOMAIN, ports 80 and 443, the authority's limits"


def look(settings: Settings, ask: Callable[[str, int], Validity], now: datetime) -> Finding:
    """Args: ask: the validity of the certificate at a host and port."""
    if settings.domain == "localhost":
        return ok("certificate", "DOMAIN is localhost: it is Caddy's own")
    try:
        found = ask(settings.domain, settings.https_port)
    except CertificateWrong as wrong:
        return fail("certificate", f"browsers refuse it: {wrong}", _DO)
    except CertificateUnknown as unknown:
        return off("certificate", str(unknown))
    left = (found.ends - now) / (found.ends - found.begins)
    said = f"it ends on {found.ends:%Y-%m-%d %H:%M UTC} and has not been renewed"
    if left < LITTLE:
        return fail("certificate", said, _DO) if left < TOO_LITTLE else warn("certificate", said, _DO)
    return ok("certificate", f"good until {found.ends:%Y-%m-%d}")
