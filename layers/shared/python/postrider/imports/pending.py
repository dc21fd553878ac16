"""Write the contacts of an import when one of them is used: callers get their ids before they are written."""

from collections.abc import Collection, Iterable

from postrider.contacts.model import BLOCK_SIZE
from postrider.imports.part_names import ROWS
from postrider.imports.repository import PendingImportRepository
from postrider.tasks.queue_messages import RunTaskPart
from postrider.tasks.runner import TaskRunner


class PendingImports:
    """The `PendingContacts` of imports. The queue also writes the contacts; writing them twice changes nothing."""

    def __init__(self, repository: PendingImportRepository, runner: TaskRunner) -> None:
        self._repository, self._runner = repository, runner

    def among(self, account_id: str, list_id: int, contact_ids: Collection[int]) -> set[int]:
        """Return the ids among these whose contacts an import has not written yet."""
        return set().union(*self._repository.among(account_id, list_id, contact_ids).values())

    def complete(self, account_id: str, list_id: int, contact_ids: Collection[int]) -> bool:
        """Run the imports that have not written some of these contacts yet; return whether such imports exist."""
        import_ids = self._repository.among(account_id, list_id, contact_ids)
        self._run(account_id, import_ids)
        return bool(import_ids)

    def complete_list(self, account_id: str, list_id: int) -> None:
        """Run the imports that have not written their contacts of this list yet; it costs one read if there are none."""
        self._run(account_id, self._repository.of_list(account_id, list_id))

    def complete_block(self, account_id: str, list_id: int, block: int) -> None:
        """Run the imports that have not written their contacts of this block yet."""
        self.complete(account_id, list_id, range(block * BLOCK_SIZE, (block + 1) * BLOCK_SIZE))

    def _run(self, account_id: str, import_ids: Iterable[str]) -> None:
        for import_id in import_ids:
            self._runner.run(RunTaskPart(account_id=account_id, task_id=import_id, part=ROWS))
