"""Build the basis of a deployment: its clock, its secret, and the adapters of AWS."""

from __future__ import annotations

import time
from functools import cache
from typing import TYPE_CHECKING

from postrider.bootstrap.overrides import overrides
from postrider.kit.clock import Clock, utc_now
from postrider.kit.settings import names, setting

if TYPE_CHECKING:
    from postrider.epochs.service import EpochService
    from postrider.kit.paging import Cursors
    from postrider.outbox.service import Outbox
    from postrider.outbox.subscribers import EventSubscribers
    from postrider.ports.caller import WebCaller
    from postrider.ports.dns import DnsResolver
    from postrider.ports.fetcher import Fetcher
    from postrider.ports.identities import MailIdentities
    from postrider.ports.mailer import Mailer
    from postrider.ports.object_store import ObjectStore
    from postrider.ports.pusher import Pusher
    from postrider.ports.queue import Queue
    from postrider.ports.scheduler import Scheduler
    from postrider.ports.workflow_runner import WorkflowRunner


@cache
def clock() -> Clock:
    return overrides().clock or utc_now


@cache
def root() -> bytes:
    """Return the secret from which the keys of cursors, links and hashes are derived."""
    from postrider.adapters.secrets import root_secret

    return root_secret(names().secret)


@cache
def cursors() -> Cursors:
    from postrider.kit.paging import Cursors

    return Cursors(root)


@cache
def object_store() -> ObjectStore:
    from postrider.adapters.s3 import S3ObjectStore

    return overrides().objects or S3ObjectStore(names().bucket)


@cache
def queue() -> Queue:
    from postrider.adapters.sqs import SqsQueue

    return overrides().queue or SqsQueue()


@cache
def event_subscribers() -> EventSubscribers:
    from postrider.outbox.repository import EventSubscriberRepository
    from postrider.outbox.subscribers import EventSubscribers

    return EventSubscribers(EventSubscriberRepository())


@cache
def outbox() -> Outbox:
    from postrider.outbox.repository import OutboxRepository
    from postrider.outbox.service import Outbox

    return Outbox(OutboxRepository(), event_subscribers(), queue(), clock())


@cache
def scheduler() -> Scheduler:
    from postrider.adapters.scheduler import EventBridgeScheduler

    return overrides().scheduler or EventBridgeScheduler()


@cache
def workflow_runner() -> WorkflowRunner:
    from postrider.adapters.stepfunctions import StepFunctionsRunner

    return overrides().workflow_runner or StepFunctionsRunner()


@cache
def fetcher() -> Fetcher:
    """Return the fetcher of files to import. Only a local deployment lets it read from this machine."""
    from postrider.adapters.web import ALL_PORTS, WebFetcher, is_public_or_loopback

    if _is_loopback_allowed():
        return overrides().fetcher or WebFetcher(is_allowed=is_public_or_loopback, ports=ALL_PORTS)
    return overrides().fetcher or WebFetcher()


@cache
def web_caller() -> WebCaller:
    """Return the caller of webhooks. Only a local deployment lets them call this machine."""
    from postrider.adapters.web_calls import HttpWebCaller

    return overrides().web_caller or HttpWebCaller(is_loopback_allowed=_is_loopback_allowed())


def _is_loopback_allowed() -> bool:
    return setting("CALLS_TO_LOOPBACK", "false") == "true"


@cache
def quick_fetcher() -> Fetcher:
    """Return the fetcher of small pages within a call of the API."""
    from postrider.adapters.web import WebFetcher

    return overrides().fetcher or WebFetcher(total_timeout_s=10)


@cache
def dns() -> DnsResolver:
    from postrider.adapters.dns import DnsPythonResolver

    return overrides().dns or DnsPythonResolver(setting("DNS_SERVERS", ""))


@cache
def identities() -> MailIdentities:
    from postrider.adapters.ses_identities import SesIdentities

    return overrides().identities or SesIdentities(names().deployment)


@cache
def epochs() -> EpochService:
    from postrider.epochs.repository import EpochRepository
    from postrider.epochs.service import EpochService

    return EpochService(EpochRepository(), names().identity, clock())


@cache
def mailer() -> Mailer:
    """Return the mailer of all mail, which sends nothing while the tables are a restored copy."""
    from postrider.adapters.ses import SesMailer
    from postrider.epochs.mailer import EpochMailer

    return EpochMailer(overrides().mailer or SesMailer(names().configuration_set, clock()), epochs().can_send)


def public_base_url() -> str:
    """Return the base URL of the pages that mails link to, without a trailing slash."""
    return setting("PUBLIC_BASE_URL").rstrip("/")


def region_label() -> str:
    """Return the label of the deployment in keys of the Docs API, and in names of hosts: us1 in us1.api.example.com."""
    return setting("DOCS_DC", "us1")


@cache
def pusher() -> Pusher:
    """Return the pusher with the platform applications of SNS in the setting of the stage: `ios=<ARN>,android=<ARN>`."""
    from postrider.adapters.sns_push import SnsPusher

    pairs = (pair.partition("=") for pair in setting("PUSH_APPLICATIONS", "").split(",") if pair)
    return overrides().pusher or SnsPusher({platform: arn for platform, _, arn in pairs})


def outgoing_ips() -> tuple[str, ...]:
    """Return the dedicated IP addresses from which the deployment sends mail; empty if it uses shared addresses."""
    return tuple(filter(None, setting("OUTGOING_IPS", "").split(",")))


def sleep(seconds: float) -> None:
    (overrides().sleep or time.sleep)(seconds)
