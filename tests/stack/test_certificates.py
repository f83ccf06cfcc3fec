"""A certificate for a public name, from an authority that speaks ACME (RFC 8555)."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from services.local.stack import free_port
from tests.stack.compose import Compose
from tests.stack.deployment import eventually

NAME = "campaigns.example"
CONFIG = {
    "listenAddress": "0.0.0.0:14000",
    "managementListenAddress": "0.0.0.0:15000",
    "certificate": "/acme/cert.pem",
    "privateKey": "/acme/key.pem",
    "httpPort": 80,
    "tlsPort": 443,
    "externalAccountBindingRequired": False,
}


@pytest.fixture(scope="module")
def edge(first_start: object, compose: Compose) -> Iterator[Compose]:
    """Caddy as on a public server, and the authority; the images are those of the first start."""
    _make_authority(compose.directory / "acme")
    environment = {"HTTP_PORT": str(free_port()), "HTTPS_PORT": str(free_port()), "DOMAIN": NAME,
                   "ACME_CA": "https://pebble:14000/dir", "ACME_EMAIL": "operator@galatek.dev"}  # fmt: skip
    files = ("docker-compose.yml", "tests/stack/compose.acme.yml")
    project = replace(compose, project="campaigns-test-acme", files=files, environment=environment)
    project.down()
    project.up("caddy", "pebble")
    yield project
    project.down()
    assert not project.left()


def _make_authority(directory: Path) -> None:
    directory.mkdir()
    (directory / "config.json").write_text(json.dumps({"pebble": CONFIG}))
    key, certificate = directory / "key.pem", directory / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=pebble",
         "-addext", "subjectAltName=DNS:pebble,DNS:localhost", "-keyout", key, "-out", certificate],
        capture_output=True, check=True,
    )  # fmt: skip
    for file in directory.iterdir():
        file.chmod(0o644)


@pytest.fixture(scope="module")
def trust(edge: Compose) -> ssl.SSLContext:
    """Trusts what the authority issues, and nothing else."""
    pebble = ssl.create_default_context(cafile=edge.directory / "acme/cert.pem")
    port = edge("port", "pebble", "15000").strip().rpartition(":")[2]
    root = httpx.get(f"https://localhost:{port}/roots/0", verify=pebble).text
    return ssl.create_default_context(cadata=root)


def _certificate(edge: Compose, trust: ssl.SSLContext) -> Any:
    """What Caddy shows under its name; None while it shows nothing that is trusted."""
    try:
        with (
            socket.create_connection(("127.0.0.1", int(edge.environment["HTTPS_PORT"])), 5) as plain,
            trust.wrap_socket(plain, server_hostname=NAME) as secure,
        ):
            return secure.getpeercert()
    except OSError:
        return None


def test_a_certificate_is_issued_by_itself(edge: Compose, trust: ssl.SSLContext) -> None:
    shown = eventually(lambda: _certificate(edge, trust), "a certificate")
    assert shown["subjectAltName"] == (("DNS", NAME),)


def test_it_is_kept_when_caddy_is_replaced(edge: Compose, trust: ssl.SSLContext) -> None:
    before = eventually(lambda: _certificate(edge, trust), "a certificate")
    edge.up("--force-recreate", "--no-deps", "caddy")
    after = eventually(lambda: _certificate(edge, trust), "the certificate after the restart")
    assert after["serialNumber"] == before["serialNumber"]


def test_browsers_are_told_to_stay_with_https(edge: Compose, trust: ssl.SSLContext) -> None:
    port = edge.environment["HTTPS_PORT"]
    eventually(lambda: _certificate(edge, trust), "a certificate")
    with httpx.Client(verify=trust) as browser:
        answer = browser.get(
            f"https://127.0.0.1:{port}/nowhere", headers={"Host": NAME}, extensions={"sni_hostname": NAME}
        )
    assert answer.status_code == 404
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000"


def test_plain_http_leads_to_the_name(edge: Compose) -> None:
    answer = httpx.get(f"http://127.0.0.1:{edge.environment['HTTP_PORT']}/x", headers={"Host": NAME})
    assert answer.status_code == 308
    assert answer.headers["Location"] == f"https://{NAME}:{edge.environment['HTTPS_PORT']}/x"
