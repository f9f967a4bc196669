"""The one reader of os.environ: every setting, typed, with its default. A wrong value names itself."""

from __future__ import annotations

import ipaddress
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import unquote, urlsplit

import dj_database_url
from pydantic import Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
Words = Annotated[tuple[str, ...], NoDecode]


class Environment(BaseSettings):
    """Settings from the environment or `.env`, in that order. Each is described in docs/settings.md."""

    model_config = SettingsConfigDict(
        env_file=ROOT / ".env", extra="ignore", frozen=True, hide_input_in_errors=False
    )

    data_dir: Path = ROOT / "var"
    database_url: str = ""
    broker_url: str = ""
    secret_key: str = ""
    allowed_hosts: Words = ("localhost", "127.0.0.1", "[::1]")
    site_url: str = "http://localhost:8000"
    site_name: str = Field(default="Earshot", min_length=1, max_length=80)

    embedding_model: str = Field(default="all-MiniLM-L6-v2", min_length=1)
    embedding_device: Literal["auto", "cpu", "cuda"] = "auto"
    rerank_model: str = ""
    rerank_device: Literal["auto", "cpu", "cuda"] = "auto"

    relevance_publish: float = Field(default=0.3, ge=0, le=1)
    relevance_queue: float = Field(default=0.08, ge=0, le=1)

    crawler_user_agent: str = Field(default="", max_length=200)
    crawler_allowed_networks: Words = ()
    crawler_delay: float = Field(default=1.0, ge=0, le=60)
    crawler_timeout: float = Field(default=20.0, gt=0, le=600)
    http_proxy: str = ""
    https_proxy: str = ""

    signup: Literal["open", "invite", "closed"] = "open"
    email_url: str = ""
    email_from: str = Field(default="", max_length=254)
    email_verification: Literal["", "none", "optional", "mandatory"] = ""
    trusted_proxies: int = Field(default=0, ge=0, le=10)

    images: Literal["proxy", "none"] = "proxy"
    web_threads: int = Field(default=8, ge=1, le=256)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @field_validator("allowed_hosts", "crawler_allowed_networks", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(part for part in value.replace(",", " ").split() if part)
        return value

    @field_validator("crawler_allowed_networks")
    @classmethod
    def _networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for network in value:
            ipaddress.ip_network(network, strict=False)
        return value

    @field_validator("relevance_queue")
    @classmethod
    def _below(cls, value: float, info: ValidationInfo) -> float:
        if value > info.data.get("relevance_publish", 1.0):
            raise ValueError("use a value of at most RELEVANCE_PUBLISH")
        return value

    @field_validator("database_url")
    @classmethod
    def _database(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in {"sqlite", "postgres", "postgresql"}:
            raise ValueError("use sqlite:///path or postgresql://user:password@host:port/name")
        return value

    @field_validator("broker_url")
    @classmethod
    def _broker(cls, value: str) -> str:
        if value and urlsplit(value).scheme not in {
            "redis",
            "rediss",
            "amqp",
            "amqps",
            "redis+socket",
        }:
            raise ValueError("use redis://host:port/0 or amqp://user:password@host:port//")
        return value

    @field_validator("email_url")
    @classmethod
    def _mail(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in {"smtp", "smtp+tls", "smtps"} or not parts.hostname):
            raise ValueError("use smtp+tls://user:password@host:587 or smtps://…:465")
        return value

    @field_validator("email_verification")
    @classmethod
    def _reachable(cls, value: str, info: ValidationInfo) -> str:
        if value in {"optional", "mandatory"} and not info.data.get("email_url"):
            raise ValueError("set EMAIL_URL too: without it no mail can be sent")
        return value

    @field_validator("site_url", "http_proxy", "https_proxy")
    @classmethod
    def _address(cls, value: str) -> str:
        parts = urlsplit(value)
        if value and (parts.scheme not in {"http", "https"} or not parts.hostname):
            raise ValueError("use a whole address such as https://hub.example.org")
        return value.rstrip("/")

    @field_validator("data_dir", mode="before")
    @classmethod
    def _given(cls, value: str | Path) -> str | Path:
        """An empty one would be the checkout itself, where a key could be committed."""
        return value or ROOT / "var"

    @field_validator("data_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value if value.is_absolute() else (ROOT / value).resolve()


class WrongSetting(SystemExit):
    """A setting has a wrong value; the message names it in one line."""


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The settings of this process. Ends the program with one line where a value is wrong."""
    try:
        return Environment()
    except ValidationError as error:
        first = error.errors()[0]
        name = str(first["loc"][0]).upper()
        reason = first["msg"].removeprefix("Value error, ")
        raise WrongSetting(f"{name}={first['input']!r} is wrong: {reason}") from None


def database(env: Environment) -> dict[str, object]:
    """Django's DATABASES entry. SQLite: WAL, IMMEDIATE transactions, 20 s busy timeout, a connection a thread kept for a minute:
    opening one costs more than a kept page."""
    url = env.database_url or f"sqlite:///{env.data_dir / 'earshot.sqlite3'}"
    found: dict[str, object] = dict(dj_database_url.parse(url, conn_max_age=60))
    if found["ENGINE"] == "django.db.backends.sqlite3":
        found["OPTIONS"] = {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            "init_command": (
                "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-16384;"
                "PRAGMA mmap_size=268435456; PRAGMA temp_store=MEMORY;"
            ),
        }
    else:
        found["CONN_HEALTH_CHECKS"] = True
    return found


def cache(env: Environment) -> dict[str, dict[str, object]]:
    """Django's CACHES: `default` is shared by all processes, since limits on signing in count there; `process` and `pages` are not."""
    engine = "django.core.cache.backends"
    shared: dict[str, object] = {"BACKEND": f"{engine}.db.DatabaseCache", "LOCATION": "cache"}
    if urlsplit(env.broker_url).scheme in {"redis", "rediss"}:
        shared = {"BACKEND": f"{engine}.redis.RedisCache", "LOCATION": env.broker_url}
    process: dict[str, object] = {"BACKEND": f"{engine}.locmem.LocMemCache"}
    pages = process | {"LOCATION": "pages", "OPTIONS": {"MAX_ENTRIES": 500}}
    return {"default": shared | {"KEY_PREFIX": "earshot"}, "process": process, "pages": pages}


def mail(env: Environment) -> dict[str, object]:
    """Django's EMAIL_* settings, by name. Without EMAIL_URL mails are written to the log of the web process."""
    if not env.email_url:
        return {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}
    parts = urlsplit(env.email_url)
    secure = parts.scheme == "smtps"
    return {
        "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "EMAIL_HOST": parts.hostname,
        "EMAIL_PORT": parts.port or (465 if secure else 587),
        "EMAIL_HOST_USER": unquote(parts.username or ""),
        "EMAIL_HOST_PASSWORD": unquote(parts.password or ""),
        "EMAIL_USE_SSL": secure,
        "EMAIL_USE_TLS": parts.scheme == "smtp+tls",
        "EMAIL_TIMEOUT": 20,
    }
