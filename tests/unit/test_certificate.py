"""The certificate: told of before it ends, in shares of its life."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from flows.adapters.certificate import CertificateUnknown, CertificateWrong, Validity, validity
from flows.checkup.certificate import look
from flows.settings import Settings

NOW = datetime(2026, 12, 1, 9, 30, tzinfo=UTC)
DAY = timedelta(days=1)
PUBLIC = Settings(domain="campaigns.example")


@pytest.mark.parametrize(
    ("life", "left", "state"),
    [
        (90, 30, "ok"),
        (90, 15, "ok"),
        (90, 14.9, "warn"),
        (90, 5.9, "fail"),
        (90, -1, "fail"),
        (6, 2, "ok"),
        (6, 0.9, "warn"),
    ],
)
def test_what_caddy_should_have_renewed_is_told(life: float, left: float, state: str) -> None:
    shown = Validity(begins=NOW + (left - life) * DAY, ends=NOW + left * DAY)
    assert look(PUBLIC, lambda *_: shown, NOW).state == state


def test_what_browsers_refuse_fails_with_the_reason() -> None:
    def refused(host: str, port: int) -> Validity:
        raise CertificateWrong("certificate has expired")

    found = look(PUBLIC, refused, NOW)
    assert (found.state, found.said) == ("fail", "browsers refuse it: certificate has expired")


def test_where_nobody_answers_nobody_can_tell() -> None:
    def silent(host: str, port: int) -> Validity:
        raise CertificateUnknown("no answer")

    assert look(PUBLIC, silent, NOW).state == "off"


def test_on_a_laptop_there_is_nothing_to_look_at() -> None:
    def asked(host: str, port: int) -> Validity:
        raise AssertionError("nobody shall be asked")

    assert look(Settings(), asked, NOW).state == "ok"


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, Path]]:
    """A server with a certificate of its own for localhost: its port, and the certificate's file."""
    directory = tmp_path_factory.mktemp("tls")
    key, name = (
        ec.generate_private_key(ec.SECP256R1()),
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")]),
    )
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(datetime(2020, 1, 1, tzinfo=UTC)).not_valid_after(datetime(2099, 1, 1, tzinfo=UTC))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    (directory / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (directory / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(directory / "cert.pem", directory / "key.pem")
    with socket.create_server(("127.0.0.1", 0)) as listening:
        threading.Thread(target=_serve, args=(listening, context), daemon=True).start()
        yield listening.getsockname()[1], directory / "cert.pem"


def _serve(listening: socket.socket, context: ssl.SSLContext) -> None:
    with suppress(OSError):
        while True:
            accepted, _ = listening.accept()
            with suppress(OSError), accepted, context.wrap_socket(accepted, server_side=True):
                pass


def test_a_certificate_of_nobodys_authority_is_refused(shown: tuple[int, Path]) -> None:
    with pytest.raises(CertificateWrong, match="self-signed"):
        validity("localhost", shown[0])


def test_a_certificate_that_is_trusted_tells_its_time(shown: tuple[int, Path]) -> None:
    trust = ssl.create_default_context(cafile=str(shown[1]))
    found = validity("localhost", shown[0], context=trust)
    assert (found.begins, found.ends) == (datetime(2020, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC))


def test_a_host_that_does_not_answer_is_unknown() -> None:
    with pytest.raises(CertificateUnknown, match="ConnectionRefusedError"):
        validity("127.0.0.1", 9)
