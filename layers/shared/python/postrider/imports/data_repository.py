"""Store imports of data by their numbers."""

from datetime import datetime

from postrider.imports.data_model import DataImport, DataOptions
from postrider.imports.table import DataImportItem
from postrider.kit.errors import NotFound
from postrider.storage.accounts_table import account_key, padded

_PREFIX = "data_import#"


class DataImportRepository:
    def add(self, data_import: DataImport, *, expires_at: datetime) -> None:
        DataImportItem(
            account_key(data_import.account_id),
            _PREFIX + padded(data_import.id),
            name=data_import.name,
            description=data_import.description,
            options=data_import.options.as_json(),
            task_id=data_import.task_id,
            created_at=data_import.created_at,
            expires_at=expires_at,
        ).save()

    def get(self, account_id: str, import_id: int) -> DataImport:
        """Return an import. Raises NotFound."""
        unknown = NotFound("Unknown import.", code="import_not_found", field="import_id")
        if import_id < 1:
            raise unknown
        try:
            item = DataImportItem.get(account_key(account_id), _PREFIX + padded(import_id), consistent_read=True)
        except DataImportItem.DoesNotExist as exc:
            raise unknown from exc
        return DataImport(
            id=import_id,
            account_id=account_id,
            name=item.name,
            description=item.description or "",
            options=DataOptions.from_json(item.options),
            task_id=item.task_id,
            created_at=item.created_at,
        )
