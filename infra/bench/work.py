"""Do the pieces of work that are measured, with the real handlers in this process, as tests do."""

import itertools
import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from argon2 import PasswordHasher

from infra.bench.meter import Meter
from infra.functions import QUEUES
from postrider import bootstrap
from postrider.accounts import service as accounts_service
from postrider.credentials import service as credentials_service
from postrider.domains import ownership
from postrider.imports.file_imports import FileOptions
from postrider.kit import caching
from postrider.mail_events.source import MailSource
from postrider.ports.mailer import OutgoingMail, SendingLimits
from postrider.tokens import service as tokens_service
from postrider.users import owners
from tests.conftest import Platform
from tests.testing.clock import MovableClock  # the platform in one process is the tests' own
from tests.testing.factories.accounts import Owner, make_owner
from tests.testing.factories.activity import SentCampaign, make_sent_campaign
from tests.testing.factories.campaigns import make_campaign
from tests.testing.factories.lists import make_list, make_sender
from tests.testing.fakes import MemoryRunner, MemoryScheduler
from tests.testing.harness import Api
from tests.testing.standin import LocalAws, lambda_context, sqs_event

ROWS_A_CALL = 1000
EVENTS_TOGETHER = 100
"""Events of one campaign that are measured together; a batch of a deployment may have more."""
SENDING_QUEUES = ("plan-runs", "send-chunks")
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0"
HTML = (
    "<html><head><style>p { color: #333 }</style></head><body><p>Hello [first_name,friend]</p>"
    "<p>[if first_name]Yours, [first_name].[endif]</p>"
    '<p><a href="https://example.com/offer?to=[email]">Offer</a> <a href="https://example.com/news">News</a> '
    '<a href="[UNSUBSCRIBE]">Leave</a></p></body></html>'
)
_numbers = itertools.count(1)


class SilentMailer:
    """A mailer that accepts all mails at any rate and drops them."""

    def __init__(self) -> None:
        self.taken = self.bytes = 0

    def send(self, mail: OutgoingMail) -> str:
        self.taken += 1
        self.bytes += len(mail.message)
        return f"{self.taken:060d}"  # as long as the ids of SES

    def limits(self) -> SendingLimits:
        return SendingLimits(max_per_second=100_000, max_per_day=None, sent_last_day=0, enabled=True)

    def verified_identities(self) -> Collection[str]:
        return ()


@contextmanager
def platform_here() -> Iterator[Platform]:
    """Provide a new stand-in for AWS with the services on it; time moves when a sender waits."""
    aws = LocalAws(is_dynamodb_in_process=False)  # fresh processes are measured, too
    try:
        clock, scheduler, runner = MovableClock(), MemoryScheduler(), MemoryRunner()
        bootstrap.use(
            bootstrap.Overrides(
                clock=clock,
                scheduler=scheduler,
                workflow_runner=runner,
                mailer=SilentMailer(),
                sleep=lambda seconds: clock.move(timedelta(seconds=seconds)),
                sending_threads=0,
                password_hasher=PasswordHasher(time_cost=1, memory_cost=64, parallelism=1),
            )
        )
        with unhurried():
            yield Platform(aws, clock, scheduler, runner)
    finally:
        aws.close()


@contextmanager
def unhurried() -> Iterator[None]:
    """Keep known callers and cached values known, so that figures do not depend on the speed of the machine."""
    modules = (accounts_service, credentials_service, tokens_service, caching, owners, ownership)
    before = [module.time for module in modules]
    try:
        for module in modules:
            module.time = SimpleNamespace(monotonic=lambda: 0.0)  # type: ignore[attr-defined]
        yield
    finally:
        for module, time in zip(modules, before, strict=True):
            module.time = time  # type: ignore[attr-defined]


@dataclass(frozen=True)
class Audience:
    owner: Owner
    list_id: int
    sender_id: str

    @property
    def path(self) -> str:
        return f"/lists/{self.list_id}"


def make_audience() -> Audience:
    owner = make_owner()
    audience = Audience(owner, make_list(owner), make_sender(owner))
    for name in ("first_name", "city"):
        taken = owner.api.post(f"{audience.path}/custom-attributes", json={"name": name, "type": "text"})
        assert taken.status == 201, taken.text
    return audience


def person(number: int) -> dict[str, Any]:
    """Return a typical row: an address and two attributes."""
    return {
        "email": f"reader.number{number}@example{number % 97}.com",
        "custom_attributes": [
            {"name": "first_name", "value": f"Reader {number}"},
            {"name": "city", "value": f"City {number % 50}"},
        ],
    }


def import_rows(platform: Platform, audience: Audience, first: int, count: int) -> None:
    """Import rows with calls of 1,000, each written before the next call."""
    for start in range(first, first + count, ROWS_A_CALL):
        rows = [person(number) for number in range(start, min(start + ROWS_A_CALL, first + count))]
        taken = audience.owner.api.post(f"{audience.path}/import-contacts", json={"contacts": rows})
        assert taken.status == 201, taken.text
        assert not platform.drain("add-contacts").failed


def import_file(platform: Platform, audience: Audience, count: int, *tags: str, has_consents: bool = False) -> None:
    """Import rows from an uploaded CSV file, which has consents if asked for."""
    owner, imports = audience.owner, bootstrap.file_imports()
    upload_id, form = imports.offer_upload(owner.account_id, audience.list_id)
    lines = ["email,first_name,city", *(_line(person(number)) for number in range(count))]
    if has_consents:
        head, *rows = lines
        lines = [f"{head},subscribed_on,consent_text", *(f"{row},2019-05-01,I want the letter" for row in rows)]
    bootstrap.object_store().put(form.fields["key"], "\n".join(lines).encode())
    task = imports.start(owner.account_id, audience.list_id, upload_id, FileOptions(tags=tags))
    assert not platform.drain("run-tasks").failed
    done = bootstrap.tasks().get(owner.account_id, task.id).result
    assert done["created"] == count, done


def import_suppressions(platform: Platform, audience: Audience, count: int) -> None:
    """Suppress the addresses of an uploaded CSV file."""
    owner, files = audience.owner, bootstrap.suppression_files()
    upload_id, form = files.offer_upload(owner.account_id)
    lines = ["email,reason", *(f"gone{number}@example.com,bounced" for number in range(count))]
    bootstrap.object_store().put(form.fields["key"], "\n".join(lines).encode())
    task = files.start(owner.account_id, upload_id)
    assert not platform.drain("run-tasks").failed
    done = bootstrap.tasks().get(owner.account_id, task.id).result
    assert done["created"] == count, done


def _line(row: dict[str, Any]) -> str:
    return ",".join([row["email"], *(attribute["value"] for attribute in row["custom_attributes"])])


def start_campaign(platform: Platform, audience: Audience, *, has_variants: bool = False, **fields: Any) -> int:
    """Create, schedule and plan a campaign; the orders to send stay in their queue. Variants are two languages in two arms."""
    content = {"subject": "News for [first_name,you]", "html": HTML}
    campaign_id = make_campaign(
        audience.owner, list_id=audience.list_id, sender_id=audience.sender_id, content=content, **fields
    )
    if has_variants:
        variants, account_id = bootstrap.campaign_variants(), audience.owner.account_id
        variants.add_language(account_id, campaign_id, "fr", {"subject": "Nouvelles", "html": HTML})
        variants.add_arm(account_id, campaign_id)
    answer = audience.owner.api.post(f"/campaigns/{campaign_id}/schedule")
    assert answer.status == 200, answer.text
    assert not platform.drain("plan-runs").failed
    return campaign_id


def send_orders(platform: Platform) -> None:
    """Process the queues of delivery until the run has ended."""
    assert not platform.drain(*SENDING_QUEUES).failed


def recount(platform: Platform) -> None:
    """Run the hourly schedule that compares the counters of finished runs with the rows."""
    from functions.schedules.recount_runs.handler import lambda_handler

    platform.clock.move(timedelta(minutes=20))
    lambda_handler({}, lambda_context("recount-runs"))
    assert not platform.drain("plan-runs").failed


def sent_count(audience: Audience, campaign_id: int) -> int:
    """Return the number of sent mails by the counters, which must be complete and equal to a recount."""
    campaign = bootstrap.campaigns().get(audience.owner.account_id, campaign_id)
    totals = bootstrap.delivery().totals(campaign)
    assert totals is not None
    assert totals.complete
    assert bootstrap.delivery().recount(campaign) == totals.tally
    return totals.tally.sent


def page(audience: Audience, path: str = "", **query: Any) -> Any:
    answer = audience.owner.api.get(f"{audience.path}{path}/contacts", query=query)
    assert answer.status == 200, answer.text
    return answer.json


def make_segment(audience: Audience, query: str) -> int:
    name = f"Segment {next(_numbers)}"
    answer = audience.owner.api.post(f"{audience.path}/segments", json={"name": name, "query": query})
    assert answer.status == 201, answer.text
    return int(answer.json["id"])


def make_sent(contacts: int = EVENTS_TOGETHER) -> SentCampaign:
    """Return a sent campaign with one link."""
    campaign = make_sent_campaign(make_owner(), contacts=contacts)
    bootstrap.link_table().save(
        campaign.owner.account_id, MailSource.campaign(campaign.id), {1: "https://example.com/offer"}
    )
    return campaign


def visit(campaign: SentCampaign, purpose: Any, **values: Any) -> None:
    """Fetch the pixel, or follow the link, once for each recipient."""
    from postrider.tracking.tokens import MailToken, TokenPurpose

    path = {TokenPurpose.OPEN: "o", TokenPurpose.CLICK: "c"}[purpose]
    for contact_id in campaign.contact_ids:
        content = MailToken(
            account_id=campaign.owner.account_id,
            source=MailSource.campaign(campaign.id),
            list_id=campaign.list_id,
            contact_id=contact_id,
            **values,
        )
        token = bootstrap.mail_tokens().make(purpose, content)
        Api().get(f"/{path}/{token}", headers={"User-Agent": BROWSER})


def events_a_batch(queue: str) -> int:
    """Return the batch size of a queue in a deployment."""
    consumer = QUEUES[queue].consumes
    assert consumer is not None
    return consumer.batch


def work_off(platform: Platform, queue: str, handler: Any) -> int:
    """Pass the waiting messages to a handler in batches as in a deployment; return the number of messages."""
    waiting: list[dict[str, Any]] = []
    while batch := platform.aws.messages(queue):
        waiting += batch
    size = events_a_batch(queue)
    for start in range(0, len(waiting), size):
        batch = waiting[start : start + size]
        assert not handler(sqs_event(queue, batch), lambda_context(queue))["batchItemFailures"]
    platform.aws.purge()
    return len(waiting)


def put_events(platform: Platform, campaign: SentCampaign, event_type: str, **part: Any) -> None:
    """Put an event of SES for each recipient on the queue, in the form of SES and SNS.

    https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-examples.html
    """
    for contact_id in campaign.contact_ids:
        tags = {
            "account": campaign.owner.account_id,
            "kind": campaign.source.kind.value,
            "source": campaign.source.id,
            "list": campaign.list_id,
            "contact": contact_id,
            "run": "run",
        }
        event = {
            "eventType": event_type,
            "mail": {
                "timestamp": "2026-03-02T11:00:00.000Z",
                "messageId": f"message-{contact_id}",
                "source": "owner@example.com",
                "destination": ["person@example.com"],
                "tags": {name: [str(value)] for name, value in tags.items()},
            },
            event_type.lower(): part,
        }
        body, url = json.dumps(event), platform.aws.queues["record-ses-events"]
        platform.aws.client("sqs").send_message(QueueUrl=url, MessageBody=body)


def put_bounces(platform: Platform, campaign: SentCampaign) -> None:
    """Put a bounce event for each recipient on the queue."""
    put_events(
        platform,
        campaign,
        "Bounce",
        bounceType="Permanent",
        bounceSubType="General",
        feedbackId=f"feedback-{campaign.id}",
        timestamp="2026-03-02T12:00:00.000Z",
        bouncedRecipients=[{"emailAddress": "person@example.com", "action": "failed", "status": "5.1.1"}],
    )


def metered(work: Any, *args: Any, **options: Any) -> Meter:
    with Meter() as meter:
        work(*args, **options)
    return meter
