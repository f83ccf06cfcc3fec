"""The certificate that a server shows, as everybody's browser checks it."""

from __future__ import annotations

import socket
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime


class CertificateWrong(Exception):
    """A browser would refuse it; the sentence is OpenSSL's."""


class CertificateUnknown(Exception):
    """Nobody answered from here."""


@dataclass(frozen=True, kw_only=True)
class Validity:
    begins: datetime
    ends: datetime


def validity(host: str, port: int, timeout: float = 10, context: ssl.SSLContext | None = None) -> Validity:
    """From when until when the certificate is good. Raises `CertificateWrong` and `CertificateUnknown`."""
    trust = context or ssl.create_default_context()
    try:
        with (
            socket.create_connection((host, port), timeout) as plain,
            trust.wrap_socket(plain, server_hostname=host) as secured,
        ):
            shown = secured.getpeercert() or {}
    except ssl.SSLCertVerificationError as error:
        raise CertificateWrong(error.verify_message) from None
    except (OSError, UnicodeError) as error:
        raise CertificateUnknown(f"{host} did not answer from here ({type(error).__name__})") from None
    return Validity(begins=_moment(shown["notBefore"]), ends=_moment(shown["notAfter"]))


def _moment(text: object) -> datetime:
    return datetime.fromtimestamp(ssl.cert_time_to_seconds(str(text)), UTC)
