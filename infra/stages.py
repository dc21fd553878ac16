"""Define the settings that differ between deployments. `-c stage=…` selects a stage, other context a single setting."""

import platform
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from ipaddress import IPv4Address
from typing import Any

HOST_PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
HOST_ARCHITECTURE = "arm64" if platform.machine() in ("arm64", "aarch64") else "x86_64"


@dataclass(frozen=True, kw_only=True)
class Stage:
    name: str
    python: str = "3.13"
    """Minor version of the runtime; the layers are built for it."""
    architecture: str = "arm64"
    keep_data: bool = True
    """Tables and bucket outlive the stack, and tables refuse to be deleted."""
    require_tls: bool = True
    """Queues, topics and the bucket refuse plain HTTP; the local stand-in speaks nothing else."""
    log_days: int = 30
    ses_rate: float = 14
    """Maximum rate of SES for this account, in mails per second. The number of senders, which cost money, depends on it."""
    small_account: bool = False
    """For an account that may run fewer than 50 functions at the same time: all workers are as few as AWS allows."""
    paused_workers: tuple[str, ...] = ()
    """Workers whose queues wait, so that a small account has room for the API: record-engagement, for example."""
    max_concurrency: int = 1000
    """Maximum concurrency of each worker, even if its row has a higher one."""
    max_wait_s: int = 900
    """Maximum delay of messages and collection of batches in queues, even if a row has a longer one."""
    requests_per_s: int = 1000
    burst: int = 2000
    tracking_requests_per_s: int = 1000
    tracking_burst: int = 2000
    """Limits of the pixel and of clicks, separately."""
    account_calls_per_s: int = 200
    """Calls of one account, in windows of ten seconds; others are 429, so that one account cannot use the whole capacity."""
    calls_to_loopback: bool = False
    """Webhooks may call this machine, and imports fetch files from it; only where functions run on it."""
    token_calls_per_s: int = 100
    """Calls of one token or credential, so that one program cannot use the whole limit of its account."""
    dialect_limits: bool = True
    """Customer.io's limits of calls (10 a second), with 429 above them; each call costs a write unit."""
    docs_dc: str = "us1"
    """Label of this deployment in keys of the Docs API; clients put it into the name of the host."""
    tracing: bool = False
    alarm_email: str | None = None
    system_sender_email: str | None = None
    """Sender of confirmation mails; its domain must be verified in SES."""
    domain: str | None = None
    certificate_arn: str | None = None
    """Domain of the API and of links in mails, with its certificate in ACM; its DNS record must be the output."""
    outgoing_ips: tuple[str, ...] = ()
    """Dedicated IP addresses of SES that the account sends from, for clients that ask which ones to allow."""
    push_applications: tuple[str, ...] = ()
    """Platform applications of SNS for push messages, as `ios=<ARN>` and `android=<ARN>`; without them, pushes fail."""
    restored_tables: str = ""
    """Suffix of restored tables, which functions use instead of the original ones (`make restore`)."""
    cors_origins: tuple[str, ...] = ()
    """Origins of web pages whose scripts may call the API, and upload to and download from the bucket."""

    @property
    def deployment(self) -> str:
        """Return the prefix of the names of all resources."""
        return f"postrider-{self.name}"

    @property
    def for_host(self) -> bool:
        """Return whether functions run on this machine, inside the stand-in."""
        return self.name == "local"


STAGES = {
    "local": Stage(
        name="local",
        python=HOST_PYTHON,
        architecture=HOST_ARCHITECTURE,
        keep_data=False,
        require_tls=False,
        log_days=1,
        ses_rate=500,
        max_concurrency=4,
        max_wait_s=1,
        account_calls_per_s=1000,
        calls_to_loopback=True,
        token_calls_per_s=1000,
        system_sender_email="postrider@localhost.localdomain",
    ),
    "dev": Stage(
        name="dev",
        keep_data=False,
        log_days=7,
        requests_per_s=50,
        burst=100,
        account_calls_per_s=25,
        token_calls_per_s=15,
    ),
    "prod": Stage(name="prod", log_days=90),
}

_ORIGIN = re.compile(r"https://[a-z0-9.-]+(:[0-9]+)?|http://(localhost|127\.0\.0\.1)(:[0-9]+)?")
"""An origin as browsers send it (RFC 6454): no path, no trailing slash. With a wildcard, any page could use a stolen token."""


def _origins(text: str) -> tuple[str, ...]:
    """Return the origins in a list with commas. Raises ValueError."""
    origins = tuple(origin.strip() for origin in text.split(","))
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise ValueError(f"Invalid origin {origin!r} in cors_origins: expected https://name or https://name:port.")
    return origins


def _label(text: str) -> str:
    """Return a label of a deployment. Raises ValueError."""
    if not re.fullmatch(r"[a-z]{2,3}[0-9]{1,3}", text):
        raise ValueError(f"invalid docs_dc {text!r}: expected two or three letters and a number, as in us1")
    return text


def _addresses(text: str) -> tuple[str, ...]:
    """Return the IPv4 addresses in a list with commas. Raises ValueError."""
    return tuple(str(IPv4Address(address.strip())) for address in text.split(","))


def _push_applications(text: str) -> tuple[str, ...]:
    """Return the pairs of platform and ARN in a list with commas. Raises ValueError."""
    pairs = tuple(pair.strip() for pair in text.split(","))
    if invalid := [
        pair for pair in pairs if not re.fullmatch(r"(ios|android)=arn:aws:sns:[^,=]+:app/[^,=]+/[^,=]+", pair)
    ]:
        raise ValueError(f"invalid push applications {invalid}: expected ios=<ARN> or android=<ARN>")
    return pairs


OVERRIDES: dict[str, Callable[[Any], Any]] = {
    "python": str,
    "alarm_email": str,
    "system_sender_email": str,
    "domain": str,
    "certificate_arn": str,
    "restored_tables": str,
    "cors_origins": lambda value: _origins(str(value)),
    "outgoing_ips": lambda value: _addresses(str(value)),
    "push_applications": lambda value: _push_applications(str(value)),
    "docs_dc": lambda value: _label(str(value)),
    "ses_rate": float,
    "dialect_limits": lambda value: str(value).lower() == "true",
    "small_account": lambda value: str(value).lower() == "true",
    "paused_workers": lambda value: tuple(str(value).split(",")),
}
"""Context that replaces a setting of the stage: -c alarm_email=ops@example.com."""


def stage_from(context: Any) -> Stage:
    """Return the selected stage. `context` looks up a name (`app.node.try_get_context`). Raises KeyError if unknown."""
    stage = STAGES[context("stage") or "prod"]
    settings = {name: read(value) for name, read in OVERRIDES.items() if (value := context(name))}
    return replace(stage, tracing=bool(context("tracing")) or stage.tracing, **settings)
