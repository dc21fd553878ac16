"""Store the ids of contacts that imports have allocated, but not written yet."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from postrider.imports.table import PendingImportItem

_PREFIX = "import#"


class PendingImportRepository:
    def add(
        self, account_id: str, list_id: int, import_id: str, contact_ids: Iterable[int], *, expires_at: datetime
    ) -> None:
        """Store the ids that an import has allocated."""
        runs = list(_runs(contact_ids))
        PendingImportItem(_key(account_id, list_id), _PREFIX + import_id, runs=runs, expires_at=expires_at).save()

    def remove(self, account_id: str, list_id: int, import_id: str) -> None:
        """Delete the ids of an import whose contacts are written, or will never be written."""
        PendingImportItem(_key(account_id, list_id), _PREFIX + import_id).delete()

    def among(self, account_id: str, list_id: int, contact_ids: Collection[int]) -> dict[str, set[int]]:
        """Return the pending ids among these, by import."""
        items = _items(account_id, list_id)
        pending = {item.sk.removeprefix(_PREFIX): _ids_among(item.runs, contact_ids) for item in items}
        return {import_id: ids for import_id, ids in pending.items() if ids}

    def of_list(self, account_id: str, list_id: int) -> list[str]:
        """Return the imports of a list that have not written their contacts yet."""
        return [item.sk.removeprefix(_PREFIX) for item in _items(account_id, list_id)]


def _items(account_id: str, list_id: int) -> Iterable[PendingImportItem]:
    return PendingImportItem.query(
        _key(account_id, list_id), PendingImportItem.sk.startswith(_PREFIX), consistent_read=True
    )


def _key(account_id: str, list_id: int) -> str:
    return f"pending#{account_id}#{list_id}"


def _runs(contact_ids: Iterable[int]) -> Iterator[list[int]]:
    run: list[int] = []
    for contact_id in sorted(set(contact_ids)):
        if run and contact_id == run[1] + 1:
            run[1] = contact_id
        else:
            if run:
                yield run
            run = [contact_id, contact_id]
    if run:
        yield run


def _ids_among(runs: Iterable[tuple[int, int]], contact_ids: Collection[int]) -> set[int]:
    return {contact_id for first, last in runs for contact_id in range(first, last + 1) if contact_id in contact_ids}
