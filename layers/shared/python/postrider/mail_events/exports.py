"""Exports of a campaign's log: a task that writes one piece of the file for each part of the log, and joins them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Any

from cachetools import LRUCache

from postrider.kit.errors import NotFound
from postrider.mail_events import rules
from postrider.mail_events.model import LogRow
from postrider.mail_events.source import MailSource
from postrider.tasks.model import Task, TaskType

if TYPE_CHECKING:  # calls that do without these services do not import them
    from postrider.accounts.model import Caller
    from postrider.campaigns.service import CampaignService
    from postrider.contacts.service import ContactService
    from postrider.exports.files import ExportFiles
    from postrider.mail_events.repository import LogRepository
    from postrider.tasks.runner import TaskRunner
    from postrider.tasks.service import TaskService

COLUMNS = ("id", "time", "type", "contact_id", "email", "url", "ip", "user_agent", "is_bot", "detail")
BLOCKS_KEPT = 512
"""Number of blocks of contacts whose addresses are cached: some 60 MB if each has 1,024."""

RowWords = Callable[[LogRow], tuple[str, str | None]]
"""A function that returns the type and the detail of a row in the words of an API."""


class LogExportService:
    def __init__(self, campaigns: CampaignService, tasks: TaskService, runner: TaskRunner, files: ExportFiles) -> None:
        self._campaigns, self._tasks, self._runner, self._files = campaigns, tasks, runner, files

    def create(self, caller: Caller, campaign_id: int, *, description: str | None) -> Task:
        """Start an export of the whole log. Raises NotFound."""
        campaign = self._campaigns.get(caller.account_id, campaign_id)
        parts = [f"{family}-{shard}" for family in rules.FAMILIES for shard in range(rules.SHARDS)]
        task = self._tasks.create(
            caller.account_id,
            type=TaskType.CAMPAIGN_LOG_EXPORT,
            total=len(parts),
            requested_by=caller,
            list_id=campaign.list_id,
            description=description,
            payload={"campaign_id": campaign_id},
        )
        self._runner.enqueue(task, parts)
        return self._tasks.get(caller.account_id, task.id)

    def all(self, account_id: str, campaign_id: int) -> list[Task]:
        """Return the exports of the campaign's log in order of creation. Raises NotFound for the campaign."""
        self._campaigns.get(account_id, campaign_id)
        return [task for task in self._tasks.all(account_id) if _is_of(task, campaign_id)]

    def download_url(self, account_id: str, campaign_id: int, export_id: str) -> tuple[str, datetime]:
        """Return a URL of the file, and when the URL expires. Raises NotFound, or Invalid if there is no file."""
        unknown = NotFound("Unknown export.", code="export_not_found", field="campaign_log_export_id")
        try:
            task = self._tasks.get(account_id, export_id)
        except NotFound as exc:
            raise unknown from exc
        if not _is_of(task, campaign_id):
            raise unknown
        return self._files.download_url(task, f"campaign-{campaign_id}-log.csv")


def _is_of(task: Task, campaign_id: int) -> bool:
    return task.type == TaskType.CAMPAIGN_LOG_EXPORT and task.payload.get("campaign_id") == campaign_id


class CampaignLogExportJob:
    """The job of the task: a part is a family of types in one shard; its rows are ordered by time."""

    def __init__(self, log: LogRepository, contacts: ContactService, files: ExportFiles, words: RowWords) -> None:
        self._log, self._contacts, self._files, self._words = log, contacts, files, words

    def run(self, task: Task, part: str) -> dict[str, Any]:
        family, _, shard = part.partition("-")
        source = MailSource.campaign(int(task.payload["campaign_id"]))
        rows = self._log.read_part(task.account_id, source, family, int(shard))
        cells = [self._cells(row, email) for row, email in self._with_emails(task, rows)]
        return self._files.write_piece(task, part, cells)

    def finish(self, task: Task, outcomes: dict[str, dict[str, Any]]) -> dict[str, Any]:
        return self._files.join(task, COLUMNS, outcomes)

    def tidy(self, task: Task, outcomes: dict[str, dict[str, Any]]) -> None:
        self._files.drop_pieces(task, outcomes)

    def discard(self, task: Task, parts: Collection[str]) -> None:
        self._files.discard(task, parts)

    def _with_emails(self, task: Task, rows: Iterator[LogRow]) -> Iterator[tuple[LogRow, str | None]]:
        """Yield rows with the addresses of their contacts; each block of contacts is read once."""
        emails: LRUCache[int, dict[int, str]] = LRUCache(BLOCKS_KEPT)
        for row in rows:
            block = row.contact_id // rules.BLOCK_SIZE
            if block not in emails:
                contacts = self._contacts.block_contacts(task.account_id, row.list_id, block)
                emails[block] = {contact.id: contact.email for contact in contacts}
            yield row, emails[block].get(row.contact_id)

    def _cells(self, row: LogRow, email: str | None) -> list[object]:
        event_type, detail = self._words(row)
        return [
            row.id,
            row.at.strftime("%Y-%m-%d %H:%M:%S"),
            event_type,
            row.contact_id,
            email,
            row.url,
            row.ip,
            row.user_agent,
            "true" if row.is_bot else "false",
            detail,
        ]
