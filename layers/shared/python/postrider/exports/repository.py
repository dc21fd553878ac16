"""Store numbered exports."""

from datetime import datetime
from itertools import islice

from pynamodb.expressions.update import Action

from postrider.exports.model import ExportKind, ExportRecord
from postrider.exports.table import ExportItem
from postrider.storage.accounts_table import account_key, padded
from postrider.storage.dynamo import was_made

_PREFIX = "export#"


class ExportRepository:
    def add(self, record: ExportRecord) -> None:
        ExportItem(
            account_key(record.account_id),
            _PREFIX + padded(record.number),
            number=record.number,
            account_id=record.account_id,
            export_kind=record.kind.value,
            task_id=record.task_id,
            created_at=record.created_at,
            updated_at=record.updated_at,
            expires_at=record.expires_at,
            downloads=record.downloads,
        ).save()

    def find(self, account_id: str, number: int) -> ExportRecord | None:
        """Return the export, or None."""
        try:
            return _record(ExportItem.get(account_key(account_id), _PREFIX + padded(number), consistent_read=True))
        except ExportItem.DoesNotExist:
            return None

    def latest(self, account_id: str, most: int) -> list[ExportRecord]:
        """Return the latest exports of the account, the newest first."""
        items = ExportItem.query(
            account_key(account_id),
            ExportItem.sk.startswith(_PREFIX),
            consistent_read=True,
            scan_index_forward=False,
            page_size=most,
        )
        return [_record(item) for item in islice(items, most)]

    def count_download(self, record: ExportRecord, now: datetime) -> bool:
        """Count a link to the file. Return False if the export is deleted."""
        item = ExportItem(account_key(record.account_id), _PREFIX + padded(record.number))
        actions: list[Action] = [ExportItem.downloads.add(1), ExportItem.updated_at.set(now)]
        return was_made(lambda: item.update(actions=actions, condition=ExportItem.pk.exists()))


def _record(item: ExportItem) -> ExportRecord:
    return ExportRecord(
        number=int(item.number),
        account_id=item.account_id,
        kind=ExportKind(item.export_kind),
        task_id=item.task_id,
        created_at=item.created_at,
        updated_at=item.updated_at,
        expires_at=item.expires_at,
        downloads=int(item.downloads),
    )
