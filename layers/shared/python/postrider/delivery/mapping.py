"""Map runs, blocks and rows of the ledger to their items and back."""

from dataclasses import fields
from typing import Any

from postrider.contacts.model import BLOCK_SIZE
from postrider.delivery import rules
from postrider.delivery.model import Block, LedgerRow, Outcome, Run, RunKey, RunState, Slice, Tally
from postrider.delivery.table import RecipientItem, RunBlockItem, RunItem
from postrider.kit.provider_domains import OTHER
from postrider.mail_events.recipients import partition_of
from postrider.mail_events.source import MailSource, SourceKind
from postrider.storage.accounts_table import padded
from postrider.storage.ledger_table import LedgerItem


def run_pk(key: RunKey) -> str:
    return f"run#{key.account_id}#{key.source}#{key.run_id}"


def key_of(item: LedgerItem) -> RunKey:
    """Return the key of the run with this item."""
    _, account_id, kind, numbers, run_id = item.pk.split("#", 4)
    return RunKey(account_id, MailSource.parse(f"{kind}#{numbers}"), run_id)


def row_key(key: RunKey, contact_id: int) -> tuple[str, str]:
    return partition_of(key.account_id, key.source, contact_id // BLOCK_SIZE), padded(contact_id)


def item_of(run: Run, row: LedgerRow) -> RecipientItem:
    return RecipientItem(
        *row_key(run.key, row.contact_id),
        expires_at=rules.rows_expire_at(run),
        run_id=row.run_id,
        claim=row.claim,
        outcome=row.outcome.value,
        claim_until=row.claim_until,
        reason=row.reason,
        message_id=row.message_id,
        sent_at=row.sent_at,
        domain=None if row.domain == OTHER else row.domain,
        variant=row.variant or None,
    )


def row_of(item: RecipientItem) -> LedgerRow:
    return LedgerRow(
        contact_id=int(item.sk),
        run_id=item.run_id,
        claim=item.claim,
        outcome=Outcome(item.outcome),
        claim_until=item.claim_until,
        reason=item.reason or None,
        message_id=item.message_id,
        sent_at=item.sent_at,
        domain=item.domain or OTHER,
        variant=int(item.variant or 0),
    )


def run_of(item: RunItem) -> Run:
    values = {field.name: getattr(item, field.name) for field in fields(Run) if field.name != "source"}
    integers = {name: int(values[name]) for name in ("list_id", "revision", "blocks", "blocks_done", "recipients")}
    source = MailSource(SourceKind(item.source_kind), int(item.source_id), int(item.source_entry or 0))
    return Run(**(values | integers | {"source": source, "state": RunState(item.state)}))


def block_of(item: RunBlockItem) -> Block:
    return Block(
        number=int(item.number),
        bitmap=bytes(item.bitmap),
        tally=Tally(
            sent=int(item.sent),
            failed=int(item.failed),
            skipped=int(item.skipped),
            unknown=int(item.unknown),
            sent_by_minute={int(minute): int(sent) for minute, sent in item.sent_by_minute.as_dict().items()},
            sent_by_domain={domain: int(sent) for domain, sent in item.sent_by_domain.as_dict().items()},
            slices={Slice.parse(name): int(count) for name, count in item.slices.as_dict().items() if count},
        ),
        chunks_done=frozenset(int(chunk) for chunk in item.chunks_done or ()),
        done=bool(item.done),
        ordered=bool(item.ordered),
        progressed_at=item.progressed_at,
        version=int(item.version),
        underway={int(chunk): int(sent) for chunk, sent in item.underway.as_dict().items()},
    )


def replaced_attributes(run: Run, before: LedgerRow, after: LedgerRow) -> dict[str, Any]:
    """Return the attributes of a row that takes the place of another."""
    assert after.claim_until is not None or after.outcome != Outcome.CLAIMED
    attributes: dict[str, Any] = {
        "run_id": after.run_id,
        "claim": after.claim,
        "outcome": after.outcome.value,
        "reason": after.reason or "",
        "domain": after.domain,
        "expires_at": int(rules.rows_expire_at(run).timestamp()),
    } | sent_attributes(after)
    if after.claim_until is not None:
        attributes["claim_until"] = int(after.claim_until.timestamp())
    if after.variant or before.variant:
        attributes["variant"] = after.variant
    return attributes


def sent_attributes(row: LedgerRow) -> dict[str, Any]:
    if row.message_id is None or row.sent_at is None:
        return {}
    return {"message_id": row.message_id, "sent_at": int(row.sent_at.timestamp())}
