"""The environment, read once into one frozen object. A wrong value stops the start and says what is right.

Every setting can also come as a file: `RESEND_API_KEY_FILE` names one that holds `RESEND_API_KEY`.
"""

from __future__ import annotations

import os
import re
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    NoDecode,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)
from pydantic_settings.exceptions import SettingsError

from flows.domain.address import deliverable, sender
from flows.domain.zones import zones


class WrongSetting(ValueError):
    """The environment is not sound. The message names every wrong setting, with a right example."""


def _zone(value: str) -> str:
    if value not in zones():
        raise ValueError("there is no such time zone")
    return value


def _web_address(value: str) -> str:
    if not value.startswith(("https://", "http://")) or value.endswith("/"):
        raise ValueError("write an address with https:// and without a slash at the end")
    return value


def _origins(value: str) -> str:
    for origin in filter(None, map(str.strip, value.split(","))):
        scheme, _, host = origin.partition("://")
        if scheme not in ("https", "http") or not host or set(host) & set("/*? \"'{}`\\"):
            raise ValueError("write scheme and host of each site, separated by commas, no path")
    return value


def _database(value: str) -> str:
    if not re.fullmatch(r"[0-9a-fA-F]{32}", value.replace("-", "")):
        raise ValueError("it is the 32 hexadecimal digits in the address of the database's page")
    return value


def _webhook_secret(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().startswith("whsec_"):
        raise ValueError("it begins with whsec_")
    return value


def _networks(value: str) -> str:
    try:
        for network in value.split():
            ip_network(network)
    except ValueError as error:
        raise ValueError("write networks in CIDR form, separated by spaces") from error
    return value


def _secret_address(value: SecretStr) -> SecretStr:
    if not value.get_secret_value().startswith(("https://", "http://")):
        raise ValueError("write an address with https://")
    return value


def _hour_or_off(value: str) -> str:
    if value != "off" and not re.fullmatch(r"([01]\d|2[0-3]):[0-5]\d", value):
        raise ValueError("write a time of day such as 07:00, or off")
    return value


def _host(value: str) -> str:
    if not value or set(value) & set("/: "):
        raise ValueError("write a bare host name: no scheme, port or path")
    return value


#: The port that addresses leave out.
HTTPS = 443

Port = Annotated[int, Field(ge=1, le=65535)]
WebAddress = Annotated[str, AfterValidator(_web_address)]


class Settings(BaseSettings):
    """What an operator may set; `.env.example` explains each in a sentence."""

    model_config = SettingsConfigDict(frozen=True, env_ignore_empty=True, hide_input_in_errors=True)

    domain: Annotated[str, AfterValidator(_host)] = Field("localhost", examples=["prefect.galatek.dev"])
    acme_email: Annotated[str, AfterValidator(deliverable)] | None = Field(None, examples=["you@galatek.dev"])
    acme_ca: WebAddress = Field(
        "https://acme-v02.api.letsencrypt.org/directory",
        examples=["https://acme-v02.api.letsencrypt.org/directory"],
    )
    http_port: Port = Field(80, examples=["80"])
    https_port: Port = Field(443, examples=["443"])
    docker_ipv6: Literal["true", "false"] = Field("false", examples=["true"])

    allowed_origins: Annotated[str, NoDecode, AfterValidator(_origins)] = Field(
        "https://galatek.dev", examples=["https://galatek.dev,https://www.galatek.dev"]
    )
    trusted_proxies: Annotated[str, AfterValidator(_networks)] = Field(
        "", examples=["203.0.113.0/24 2001:db8::/32"]
    )
    intake_token: SecretStr | None = Field(
        None, min_length=16, examples=["the output of `openssl rand -hex 32`"]
    )
    intake_per_minute: int = Field(30, ge=1, le=10_000, examples=["30"])
    intake_per_minute_total: int = Field(600, ge=1, le=1_000_000, examples=["600"])
    intake_per_address_per_day: int = Field(5, ge=1, le=10_000, examples=["5"])
    intake_per_hour_total: int = Field(5000, ge=1, le=100_000_000, examples=["5000"])

    resend_api_key: SecretStr | None = Field(None, examples=["re_… from Resend's API keys page"])
    resend_api_url: WebAddress = Field("https://api.resend.com", examples=["https://api.resend.com"])
    resend_webhook_secret: Annotated[SecretStr, AfterValidator(_webhook_secret)] | None = Field(
        None, examples=["whsec_… from Resend's webhooks page"]
    )
    cal_webhook_secret: SecretStr | None = Field(
        None, min_length=16, examples=["the output of `openssl rand -hex 32`, also written at Cal.com"]
    )
    calendly_webhook_secret: SecretStr | None = Field(
        None, min_length=16, examples=["the signing_key that the webhook was made with at Calendly"]
    )
    resend_per_second: float = Field(2, gt=0, le=1000, examples=["2"])
    mails_per_week: int = Field(7, ge=0, le=1000, examples=["7"])
    mail_from: Annotated[str, AfterValidator(sender)] | None = Field(
        None, examples=["Anna of Galatek <anna@galatek.dev>"]
    )
    mail_reply_to: Annotated[str, AfterValidator(sender)] | None = Field(None, examples=["anna@galatek.dev"])
    postal_address: str | None = Field(
        None, min_length=10, examples=["Galatek, Street 1, 12345 Town, Country"]
    )

    operator_email: Annotated[str, AfterValidator(deliverable)] | None = Field(
        None, examples=["you@galatek.dev"]
    )
    digest_at: Annotated[str, AfterValidator(_hour_or_off)] = Field("07:00", examples=["07:00"])
    alert_webhook_url: Annotated[SecretStr, AfterValidator(_secret_address)] | None = Field(
        None, examples=["https://hooks.slack.com/services/…"]
    )
    heartbeat_url: Annotated[SecretStr, AfterValidator(_secret_address)] | None = Field(
        None, examples=["https://hc-ping.com/…"]
    )

    notion_token: SecretStr | None = Field(None, examples=["ntn_… from Notion's integrations page"])
    notion_database_id: Annotated[str, AfterValidator(_database)] | None = Field(
        None, examples=["0123456789abcdef0123456789abcdef"]
    )
    notion_api_url: WebAddress = Field("https://api.notion.com", examples=["https://api.notion.com"])

    timezone: Annotated[str, AfterValidator(_zone)] = Field("Europe/Berlin", examples=["Europe/Berlin"])

    worker: Literal["warm", "stock"] = Field("warm", examples=["warm"])

    backup_every_hours: int = Field(6, ge=1, le=168, examples=["6"])
    backup_keep: int = Field(28, ge=1, le=10_000, examples=["28"])
    answers_keep_days: int = Field(365, ge=30, le=36_500, examples=["365"])
    runs_keep_days: int = Field(30, ge=1, le=3650, examples=["30"])

    # Set by docker-compose.yml, not by people: where the ledger is, and the key that signs links.
    ledger_host: str = Field("postgres", examples=["postgres"])
    ledger_port: Port = Field(5432, examples=["5432"])
    ledger_name: str = Field("campaigns", examples=["campaigns"])
    ledger_user: str = Field("worker", examples=["worker"])
    ledger_password: SecretStr | None = Field(None, examples=["made by the service `init`"])
    link_key: SecretStr | None = Field(None, min_length=32, examples=["made by the service `init`"])

    @property
    def public_url(self) -> str:
        """Where the stack answers from outside, without a slash at the end."""
        return f"https://{self.domain}" + ("" if self.https_port == HTTPS else f":{self.https_port}")

    @property
    def conninfo(self) -> dict[str, Any]:
        """Where the ledger is and who asks, in psycopg's words."""
        return {
            "host": self.ledger_host,
            "port": self.ledger_port,
            "dbname": self.ledger_name,
            "user": self.ledger_user,
            "password": self.ledger_password.get_secret_value() if self.ledger_password else None,
        }

    @property
    def origins(self) -> list[str]:
        return [origin.strip() for origin in self.allowed_origins.split(",") if origin.strip()]

    @property
    def preview(self) -> bool:
        """No key for Resend: mails are rendered and kept, and none leaves."""
        return self.resend_api_key is None

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment, then the files that it names; nothing else."""
        return init_settings, env_settings, _Files(settings_cls)


class _Files(PydanticBaseSettingsSource):
    """`NAME_FILE`: the setting's value stands in a file, as Compose secrets do it."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002 (pydantic's signature)
        name = f"{field_name.upper()}_FILE"
        path = os.environ.get(name)
        return (_content(name, path) if path else None), field_name, False

    def __call__(self) -> dict[str, Any]:
        read = {name: self.get_field_value(None, name)[0] for name in self.settings_cls.model_fields}
        return {name: value for name, value in read.items() if value is not None}


def _content(name: str, path: str) -> str | None:
    try:
        return Path(path).read_text("utf-8").strip() or None
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not text"
        raise WrongSetting(
            f"{name}: {path} cannot be read ({reason}); name a file with the value in it"
        ) from None


def load() -> Settings:
    """The settings of this process.

    Raises:
        WrongSetting: one or more values are not sound, or a `…_FILE` cannot be read.
    """
    try:
        return Settings()
    except ValidationError as error:
        raise WrongSetting("\n".join(_advice(str(e["loc"][0]), e["msg"]) for e in error.errors())) from None
    except SettingsError as error:
        raise WrongSetting(f"a setting cannot be read: {error}") from error


def _advice(name: str, reason: str) -> str:
    right = (Settings.model_fields[name].examples or [""])[0]
    return f"{name.upper()}: {reason.removeprefix('Value error, ')}. For example {name.upper()}={right}"
