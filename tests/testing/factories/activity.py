"""Campaigns as they are once their mail has left, and what recipients did, without any mail being written."""

import itertools
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from postrider import bootstrap
from postrider.campaigns import rules as campaign_rules
from postrider.campaigns.repository import CampaignRepository
from postrider.campaigns.table import CampaignTableItem
from postrider.contacts.model import BLOCK_SIZE
from postrider.delivery.claims import claim_token
from postrider.delivery.model import Block, Run, RunState, Tally
from postrider.delivery.repository import DynamoLedger
from postrider.delivery.rules import bitmap_of
from postrider.kit.clock import from_unix
from postrider.kit.provider_domains import OTHER
from postrider.kit.settings import table_name
from postrider.mail_events import recipients as ledger
from postrider.mail_events.model import Event, EventBatch, EventType
from postrider.mail_events.source import MailSource
from postrider.storage.dynamo import client, to_wire
from tests.testing.factories.accounts import Owner
from tests.testing.factories.campaigns import make_campaign
from tests.testing.factories.lists import make_list

NOON_MS = 1_772_452_800_000  # 2026-03-02 12:00 UTC
LONGEST_AGO = timedelta(days=300)
"""Maximum age of a run in tests that move the clock: its rows are still stored."""
SENT_MS = NOON_MS - 3_600_000
CLAIM = claim_token(from_unix(SENT_MS // 1000))
_numbers = itertools.count(1)


def make_recipients(
    source: MailSource,
    contact_ids: Sequence[int],
    *,
    account_id: str = "1",
    sent_at_ms: int | None = SENT_MS,
    domains: Mapping[int, str] | None = None,
    variants: Mapping[int, int] | None = None,
) -> None:
    """Store rows of the source's ledger as delivery leaves them; without `sent_at_ms`, not yet recorded as sent."""
    for contact_id in contact_ids:
        item: dict[str, Any] = ledger.key_of(account_id, source, contact_id) | {
            "kind": to_wire("row"),
            "run_id": to_wire("run"),
            "claim": to_wire(CLAIM),
            "outcome": to_wire("unknown" if sent_at_ms is None else "sent"),
        }
        if domains and contact_id in domains:
            item["domain"] = to_wire(domains[contact_id])
        if variants and contact_id in variants:
            item["variant"] = to_wire(variants[contact_id])
        if sent_at_ms is not None:
            item["sent_at"] = to_wire(sent_at_ms // 1000)
        client().put_item(TableName=table_name("ledger"), Item=item)


def event(kind: EventType, contact_id: int, **values: Any) -> Event:
    """Return an event; without `at_ms`, it is a minute later than the previous event."""
    number = next(_numbers)
    defaults = {
        "event_id": f"event-{number}",
        "account_id": "1",
        "list_id": 5,
        "source": MailSource.campaign(7),
        "at_ms": NOON_MS + number * 60_000,
    }
    return Event(type=kind, contact_id=contact_id, **(defaults | values))


@dataclass(frozen=True)
class SentCampaign:
    owner: Owner
    list_id: int
    id: int
    contact_ids: list[int]

    @property
    def source(self) -> MailSource:
        return MailSource.campaign(self.id)

    def did(self, kind: EventType, place: int, **values: Any) -> Event:
        """Record that the contact at this place did something."""
        known = {"account_id": self.owner.account_id, "list_id": self.list_id, "source": self.source}
        done = event(kind, self.contact_ids[place], **(known | values))
        assert bootstrap.events().record([done]) == []
        return done


def make_sent_campaign(owner: Owner, *, contacts: int = 3, unknown: int = 0, **fields: Any) -> SentCampaign:
    """Store sent mails to this many contacts, and an unknown outcome for the last `unknown` of them."""
    list_id = make_list(owner)
    create = bootstrap.contacts().upserts.create
    emails = [f"person-{number}-{uuid.uuid4().hex[:8]}@example.com" for number in range(contacts)]
    ids = [create(owner.account_id, list_id, email=email).id for email in emails]
    campaign_id = make_campaign(owner, list_id=list_id, **fields)
    campaigns = CampaignRepository(bootstrap.object_store())
    before = campaigns.get(owner.account_id, campaign_id)
    campaigns.act(before, campaign_rules.START, replace(before, status="delivering", run_id="run"))
    recipients = bootstrap.recipients()
    began_at = max(from_unix(SENT_MS // 1000), bootstrap.clock()() - LONGEST_AGO)
    run = Run(
        account_id=owner.account_id,
        source=MailSource.campaign(campaign_id),
        run_id="run",
        list_id=list_id,
        revision=1,
        audience=recipients.freeze(owner.account_id, list_id, None).definition,
        blocks=1,
        state=RunState.SENDING,
        began_at=began_at,
        ordered_at=began_at,
    )
    runs, number = DynamoLedger(), ids[0] // BLOCK_SIZE
    assert {contact_id // BLOCK_SIZE for contact_id in ids} == {number}, "a new list's first block holds all of them"
    runs.add_run(run)
    runs.add_block(run.key, Block(number=number, bitmap=bitmap_of(ids)))
    known, lost = ids[: contacts - unknown], ids[contacts - unknown :]
    make_recipients(MailSource.campaign(campaign_id), known, account_id=owner.account_id)
    make_recipients(MailSource.campaign(campaign_id), lost, account_id=owner.account_id, sent_at_ms=None)
    tally = Tally(
        sent=len(known),
        unknown=len(lost),
        sent_by_minute={SENT_MS // 60_000: len(known)},
        sent_by_domain={OTHER: len(known)},
    )
    runs.count_chunks(run.key, number, {0}, tally, at=run.began_at)
    pack = EventBatch(
        event_id=f"sent-{campaign_id}",
        type=EventType.SENT,
        at_ms=SENT_MS,
        contact_ids=tuple(known),
        list_id=list_id,
        source=MailSource.campaign(campaign_id),
    )
    bootstrap.events().record_batch(owner.account_id, pack)
    return SentCampaign(owner, list_id, campaign_id, ids)


def close_open_runs() -> None:
    """Close the runs and hide the campaigns that other tests left unfinished: the schedules check all unfinished ones."""
    for item in CampaignTableItem.unfinished_index.query("yes"):
        item.update(actions=[CampaignTableItem.unfinished.remove()])
    ledger = DynamoLedger()
    for key in [*ledger.open_runs(), *ledger.finished_runs()]:
        run = ledger.run(key)
        assert run is not None
        ledger.close_run(key, run.state)
