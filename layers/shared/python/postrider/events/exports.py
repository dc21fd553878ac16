"""Exports of a campaign's log: a task that writes one piece of the file for each part of the log, and joins them."""

from collections import OrderedDict
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from postrider.accounts.model import Caller
from postrider.campaigns.service import CampaignService
from postrider.contacts.service import ContactService
from postrider.events import rules
from postrider.events.model import LogRow
from postrider.events.repository import LogRepository
from postrider.exports.files import ExportFiles
from postrider.kit.errors import NotFound
from postrider.tasks.model import Task
from postrider.tasks.runner import TaskRunner
from postrider.tasks.service import TaskService

CAMPAIGN_LOG_EXPORT = "campaignlogexport"
COLUMNS = ("id", "time", "type", "contact_id", "email", "url", "ip", "user_agent", "is_bot", "detail")
BLOCKS_KEPT = 512
"""Whose addresses are kept at hand: at 1,024 of them a block some 60 MB."""


class LogExportService:
    def __init__(self, campaigns: CampaignService, tasks: TaskService, runner: TaskRunner, files: ExportFiles) -> None:
        self._campaigns, self._tasks, self._runner, self._files = campaigns, tasks, runner, files

    def create(self, caller: Caller, campaign_id: int, *, description: str | None) -> Task:
        """Start an export of the whole log. Raises NotFound."""
        campaign = self._campaigns.get(caller.account_id, campaign_id)
        parts = [f"{family}-{shard}" for family in rules.FAMILIES for shard in range(rules.SHARDS)]
        task = self._tasks.create(
            caller.account_id,
            type=CAMPAIGN_LOG_EXPORT,
            total=len(parts),
            requested_by=caller,
            list_id=campaign.list_id,
            description=description,
            payload={"campaign_id": campaign_id},
        )
        self._runner.enqueue(task, parts)
        return self._tasks.get(caller.account_id, task.id)

    def all(self, account_id: str, campaign_id: int) -> list[Task]:
        """In order of creation. Raises NotFound for the campaign."""
        self._campaigns.get(account_id, campaign_id)
        return [task for task in self._tasks.all(account_id) if _is_of(task, campaign_id)]

    def download_url(self, account_id: str, campaign_id: int, export_id: str) -> tuple[str, datetime]:
        """A URL that lives 15 minutes, and when it ends. Raises NotFound, or Invalid when there is no file."""
        unknown = NotFound("There is no such export.", code="export_not_found", field="campaign_log_export_id")
        try:
            task = self._tasks.get(account_id, export_id)
        except NotFound as exc:
            raise unknown from exc
        if not _is_of(task, campaign_id):
            raise unknown
        return self._files.download_url(task, f"campaign-{campaign_id}-log.csv")


def _is_of(task: Task, campaign_id: int) -> bool:
    return task.type == CAMPAIGN_LOG_EXPORT and task.payload.get("campaign_id") == campaign_id


class ExportCampaignLog:
    """The job: a part is a family of types in one shard; its rows are in order of time."""

    def __init__(self, log: LogRepository, contacts: ContactService, files: ExportFiles) -> None:
        self._log, self._contacts, self._files = log, contacts, files

    def run(self, task: Task, part: str) -> dict[str, Any]:
        family, _, shard = part.partition("-")
        rows = self._log.of_part(task.account_id, int(task.payload["campaign_id"]), family, int(shard))
        return self._files.write_piece(task, part, [_cells(row, email) for row, email in self._with_emails(task, rows)])

    def finish(self, task: Task, outcomes: dict[str, dict[str, Any]]) -> dict[str, Any]:
        return self._files.join(task, COLUMNS, outcomes)

    def tidy(self, task: Task, outcomes: dict[str, dict[str, Any]]) -> None:
        self._files.drop_pieces(task, outcomes)

    def discard(self, task: Task, parts: Collection[str]) -> None:
        self._files.discard(task, parts)

    def _with_emails(self, task: Task, rows: Iterator[LogRow]) -> Iterator[tuple[LogRow, str | None]]:
        """A block of contacts is read once: rows of a campaign come from few blocks at a time."""
        known: OrderedDict[int, dict[int, str]] = OrderedDict()
        for row in rows:
            block = row.contact_id // rules.BLOCK_SIZE
            if block not in known:
                contacts = self._contacts.block_contacts(task.account_id, row.list_id, block)
                known[block] = {contact.id: contact.email for contact in contacts}
                if len(known) > BLOCKS_KEPT:
                    known.popitem(last=False)
            yield row, known[block].get(row.contact_id)


def _cells(row: LogRow, email: str | None) -> list[object]:
    return [
        row.id,
        row.at.strftime("%Y-%m-%d %H:%M:%S"),
        row.type.value,
        row.contact_id,
        email,
        row.url,
        row.ip,
        row.user_agent,
        "true" if row.is_bot else "false",
        row.detail,
    ]
