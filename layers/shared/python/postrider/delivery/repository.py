"""Store the ledger in DynamoDB; rows are written in batches of PartiQL statements, each with its own condition."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from pynamodb.expressions.update import Action

from postrider.contacts.model import BLOCK_SIZE
from postrider.delivery import rules
from postrider.delivery.mapping import (
    block_of,
    item_of,
    key_of,
    replaced_attributes,
    row_key,
    row_of,
    run_of,
    run_pk,
    sent_attributes,
)
from postrider.delivery.model import Block, LedgerRow, Outcome, Run, RunKey, RunState, Tally
from postrider.delivery.table import RecipientItem, RunBlockItem, RunItem
from postrider.mail_events.recipients import partition_of
from postrider.mail_events.source import MailSource
from postrider.storage.accounts_table import padded
from postrider.storage.dynamo import (
    batch_get,
    execute_statements,
    insert_statement,
    to_wire,
    transaction,
    was_made,
)
from postrider.storage.ledger_table import LedgerItem, OpenRuns

_RUN = "run"
_BLOCK = "block#"
_OPEN, _FINISHED = "yes", "finished"
_BLOCKS_PER_PAGE = 500


class DynamoLedger:
    # Runs

    def add_run(self, run: Run) -> Run:
        values = {field.name: getattr(run, field.name) for field in fields(run) if field.name != "source"}
        values |= {
            "audience": dict(run.audience),
            "source_kind": run.source.kind.value,
            "source_id": run.source.id,
            "source_entry": run.source.entry or None,
        }
        item = RunItem(run_pk(run.key), _RUN, open_mark=_OPEN, **values)
        if not was_made(lambda: item.save(condition=RunItem.pk.does_not_exist())):
            stored = self.run(run.key)
            assert stored is not None  # runs are not deleted
            return stored
        return run

    def run(self, key: RunKey) -> Run | None:
        try:
            item = RunItem.get(run_pk(key), _RUN, consistent_read=True)
        except RunItem.DoesNotExist:
            return None
        return run_of(item)

    def run_with_blocks(self, key: RunKey, numbers: Sequence[int] | None = None) -> tuple[Run | None, Iterator[Block]]:
        items: Iterator[LedgerItem]
        if numbers is None:  # the run has the last sort key
            items = LedgerItem.query(
                run_pk(key), scan_index_forward=False, consistent_read=True, page_size=_BLOCKS_PER_PAGE
            )
            run = next(items, None)
        else:
            names = [_RUN, *(_BLOCK + padded(block_number) for block_number in numbers)]
            by_name = {item.sk: item for item in batch_get(LedgerItem, ((run_pk(key), name) for name in names))}
            run, items = by_name.pop(_RUN, None), iter(by_name.values())
        blocks = (block_of(item) for item in items if isinstance(item, RunBlockItem))
        return (run_of(run), blocks) if isinstance(run, RunItem) else (None, iter(()))

    def change_run(self, key: RunKey, *, only_in: RunState | None = None, **changes: Any) -> bool:
        condition = RunItem.pk.exists()
        if only_in is not None:
            condition &= RunItem.state == only_in.value
        if changes.get("state") == RunState.DONE:
            changes["open_mark"] = _FINISHED
        actions = [
            getattr(RunItem, name).remove() if value is None else getattr(RunItem, name).set(value)
            for name, value in changes.items()
        ]
        return was_made(lambda: RunItem(run_pk(key), _RUN).update(actions, condition=condition))

    def close_run(self, key: RunKey, state: RunState) -> None:
        RunItem(run_pk(key), _RUN).update([RunItem.state.set(state.value), RunItem.open_mark.remove()])

    def open_runs(self, account_id: str | None = None) -> Iterator[RunKey]:
        of_account = None if account_id is None else OpenRuns.pk.startswith(f"{_RUN}#{account_id}#")
        return (key_of(item) for item in LedgerItem.open_runs.query(_OPEN, of_account))

    def finished_runs(self) -> Iterator[RunKey]:
        return (key_of(item) for item in LedgerItem.open_runs.query(_FINISHED))

    # Blocks

    def add_block(self, key: RunKey, block: Block) -> Block:
        item = RunBlockItem(run_pk(key), _BLOCK + padded(block.number), number=block.number, bitmap=block.bitmap)
        if not was_made(lambda: item.save(condition=RunBlockItem.pk.does_not_exist())):
            stored = self.block(key, block.number)
            assert stored is not None  # blocks are not deleted
            return stored
        return block

    def add_block_to(self, run: Run, block: Block, recipients: int) -> bool:
        def write() -> None:
            with transaction() as writes:
                writes.save(
                    RunBlockItem(
                        run_pk(run.key), _BLOCK + padded(block.number), number=block.number, bitmap=block.bitmap
                    ),
                    condition=RunBlockItem.pk.does_not_exist(),
                )
                writes.update(
                    RunItem(run_pk(run.key), _RUN),
                    actions=[RunItem.recipients.set(run.recipients + recipients)],
                    condition=RunItem.recipients == run.recipients,
                )

        return was_made(write)

    def block(self, key: RunKey, block_number: int) -> Block | None:
        try:
            return block_of(RunBlockItem.get(run_pk(key), _BLOCK + padded(block_number), consistent_read=True))
        except RunBlockItem.DoesNotExist:
            return None

    def blocks(self, key: RunKey) -> Iterator[Block]:
        items = RunBlockItem.query(run_pk(key), RunBlockItem.sk.startswith(_BLOCK), consistent_read=True)
        return (block_of(item) for item in items)

    def mark_ordered(self, key: RunKey, block_number: int) -> None:
        RunBlockItem(run_pk(key), _BLOCK + padded(block_number)).update([RunBlockItem.ordered.set(True)])

    def count_chunks(
        self,
        key: RunKey,
        block_number: int,
        chunks: Collection[int],
        tally: Tally,
        *,
        at: datetime,
        version: int | None = None,
    ) -> Block | None:
        item = RunBlockItem(run_pk(key), _BLOCK + padded(block_number))
        condition = RunBlockItem.pk.exists()
        for chunk in chunks:
            condition &= ~RunBlockItem.chunks_done.contains(chunk)
        if version is not None:
            condition &= RunBlockItem.version == version
        counted = [getattr(RunBlockItem, name).add(count) for name, count in tally.by_outcome.items() if count]
        actions = [
            *counted,
            *_added(tally),
            RunBlockItem.chunks_done.add(set(chunks)),
            RunBlockItem.progressed_at.set(at),
        ]
        return block_of(item) if was_made(lambda: item.update(actions, condition=condition)) else None

    def note_sent(self, key: RunKey, block_number: int, sent_by_chunk: Mapping[int, int], *, at: datetime) -> None:
        notes = [RunBlockItem.underway[str(chunk)].set(sent) for chunk, sent in sorted(sent_by_chunk.items())]
        RunBlockItem(run_pk(key), _BLOCK + padded(block_number)).update([*notes, RunBlockItem.progressed_at.set(at)])

    def recount(self, key: RunKey, before: Block, tally: Tally, chunks_done: Collection[int]) -> bool:
        condition = RunBlockItem.version == before.version
        condition &= (
            RunBlockItem.chunks_done == set(before.chunks_done)
            if before.chunks_done
            else RunBlockItem.chunks_done.does_not_exist()
        )
        actions = [getattr(RunBlockItem, name).set(count) for name, count in tally.by_outcome.items()]
        actions.append(
            RunBlockItem.sent_by_minute.set({str(minute): sent for minute, sent in tally.sent_by_minute.items()})
        )
        actions.append(RunBlockItem.sent_by_domain.set(dict(tally.sent_by_domain)))
        actions.append(RunBlockItem.slices.set({str(part): count for part, count in tally.slices.items()}))
        actions.append(RunBlockItem.version.set(before.version + 1))
        if chunks_done:
            actions.append(RunBlockItem.chunks_done.set(set(chunks_done)))
        item = RunBlockItem(run_pk(key), _BLOCK + padded(before.number))
        return was_made(lambda: item.update(actions, condition=condition))

    def close_block(self, key: RunKey, block_number: int) -> bool:
        def write() -> None:
            with transaction() as writes:
                writes.update(
                    RunBlockItem(run_pk(key), _BLOCK + padded(block_number)),
                    actions=[RunBlockItem.done.set(True)],
                    condition=RunBlockItem.done == False,  # noqa: E712  # an expression, not a comparison
                )
                writes.update(RunItem(run_pk(key), _RUN), actions=[RunItem.blocks_done.add(1)])

        return was_made(write)

    # Rows of recipients

    def insert(self, run: Run, rows: Sequence[LedgerRow]) -> list[LedgerRow]:
        errors = execute_statements([insert_statement(item_of(run, row)) for row in rows])
        return _refused(rows, errors)

    def rows(self, account_id: str, source: MailSource, contact_ids: Iterable[int]) -> dict[int, LedgerRow]:
        keys = [
            (partition_of(account_id, source, contact_id // BLOCK_SIZE), padded(contact_id))
            for contact_id in contact_ids
        ]
        rows = (row_of(item) for item in batch_get(RecipientItem, keys))
        return {row.contact_id: row for row in rows}

    def rows_among(
        self, account_id: str, pairs: Iterable[tuple[MailSource, int]]
    ) -> dict[tuple[MailSource, int], LedgerRow]:
        keys = {
            (partition_of(account_id, source, contact_id // BLOCK_SIZE), padded(contact_id)): (source, contact_id)
            for source, contact_id in pairs
        }
        return {keys[item.pk, item.sk]: row_of(item) for item in batch_get(RecipientItem, keys)}

    def rows_of_contact(
        self, account_id: str, contact_id: int, sources: Iterable[MailSource]
    ) -> dict[MailSource, LedgerRow]:
        keys = {
            (partition_of(account_id, source, contact_id // BLOCK_SIZE), padded(contact_id)): source
            for source in sources
        }
        return {keys[item.pk, item.sk]: row_of(item) for item in batch_get(RecipientItem, keys)}

    def rows_of_block(
        self, account_id: str, source: MailSource, block: int, *, consistent: bool = True
    ) -> Iterator[LedgerRow]:
        items = RecipientItem.query(partition_of(account_id, source, block), consistent_read=consistent)
        return (row_of(item) for item in items)

    def store_outcomes(self, key: RunKey, rows: Sequence[LedgerRow]) -> list[LedgerRow]:
        statements = []
        for row in rows:
            changes: dict[str, Any] = {"outcome": row.outcome.value} | sent_attributes(row)
            if row.reason is not None:
                changes["reason"] = row.reason
            statements.append(_update(key, row, Outcome.CLAIMED, changes))
        return _refused(rows, execute_statements(statements))

    def replace(self, run: Run, changes: Sequence[tuple[LedgerRow, LedgerRow]]) -> list[bool]:
        statements = [
            _update(run.key, before, before.outcome, replaced_attributes(run, before, after))
            for before, after in changes
        ]
        return [error is None for error in execute_statements(statements)]

    def release(self, key: RunKey, rows: Sequence[LedgerRow]) -> None:
        table = RecipientItem.Meta.table_name
        text = f'DELETE FROM "{table}" WHERE pk = ? AND sk = ? AND claim = ? AND outcome = ?'  # noqa: S608  # only names
        statements = [
            {
                "Statement": text,
                "Parameters": _values(*row_key(key, row.contact_id), row.claim, Outcome.CLAIMED),
            }
            for row in rows
        ]
        execute_statements(statements)

    def confirm(self, key: RunKey, before: LedgerRow, after: LedgerRow, block: Block, chunk: int) -> bool:
        is_counted = chunk in block.chunks_done
        assert after.message_id is not None  # a confirmed mail has both
        assert after.sent_at is not None
        message_id, sent_at = after.message_id, after.sent_at
        actions: list[Action] = [RunBlockItem.version.set(block.version + 1)]
        condition = RunBlockItem.version == block.version
        if is_counted:
            slices = Counter(rules.slices_of(after))
            slices.subtract(rules.slices_of(before))
            moved = Tally(sent_by_minute={rules.minute_of(sent_at): 1}, sent_by_domain={after.domain: 1}, slices=slices)
            actions += [RunBlockItem.unknown.add(-1), RunBlockItem.sent.add(1), *_added(moved)]
            condition &= RunBlockItem.chunks_done.contains(chunk)
        else:
            condition &= ~RunBlockItem.chunks_done.contains(chunk)

        def write() -> None:
            with transaction() as writes:
                writes.update(
                    RecipientItem(*row_key(key, before.contact_id)),
                    actions=[
                        RecipientItem.claim.set(after.claim),
                        RecipientItem.outcome.set(after.outcome.value),
                        RecipientItem.message_id.set(message_id),
                        RecipientItem.sent_at.set(sent_at),
                    ],
                    condition=(RecipientItem.claim == before.claim) & (RecipientItem.outcome == before.outcome.value),
                )
                writes.update(
                    RunBlockItem(run_pk(key), _BLOCK + padded(block.number)), actions=actions, condition=condition
                )

        return was_made(write)


def _added(tally: Tally) -> list[Action]:
    """Return the updates that add to the numbers of recipients by minute, domain and slice."""
    entries = [
        (RunBlockItem.sent_by_minute[str(minute)], sent) for minute, sent in sorted(tally.sent_by_minute.items())
    ]
    entries += [(RunBlockItem.sent_by_domain[domain], sent) for domain, sent in sorted(tally.sent_by_domain.items())]
    entries += [(RunBlockItem.slices[str(part)], count) for part, count in sorted(tally.slices.items())]
    return [entry.set((entry | 0) + count) for entry, count in entries if count]


def _refused(rows: Sequence[LedgerRow], errors: Sequence[str | None]) -> list[LedgerRow]:
    """Return the rows whose statement failed its condition."""
    return [row for row, error in zip(rows, errors, strict=True) if error is not None]


def _update(key: RunKey, row: LedgerRow, outcome: Outcome, changes: dict[str, Any]) -> dict[str, Any]:
    """Return the statement that changes a row while it has this claim and outcome."""
    sets = " ".join(f"SET {name} = ?" for name in changes)
    table = RecipientItem.Meta.table_name
    return {
        "Statement": f'UPDATE "{table}" {sets} WHERE pk = ? AND sk = ? AND claim = ? AND outcome = ?',  # names
        "Parameters": _values(*changes.values(), *row_key(key, row.contact_id), row.claim, outcome),
    }


def _values(*values: Any) -> list[dict[str, Any]]:
    return [to_wire(value.value if isinstance(value, Outcome) else value) for value in values]
