"""Fetch the file of people of a child, and send the child to them."""

from collections.abc import Collection
from typing import Any

from postrider.campaigns import rules
from postrider.campaigns.children.people_file import MAX_FILE_BYTES, entries_of, people_of
from postrider.campaigns.children.service import FETCH_PEOPLE, CampaignChildren
from postrider.campaigns.service import CampaignService
from postrider.contacts.identifiers import IdentifierKind
from postrider.kit.clock import from_unix
from postrider.kit.errors import Invalid, NotFound
from postrider.ports.fetcher import Fetcher
from postrider.tasks.model import Task


class PeopleFetchJob:
    """The job that fetches a file and sends a child, in one part. A repeated part does not send the child twice."""

    def __init__(self, campaigns: CampaignService, children: CampaignChildren, fetcher: Fetcher) -> None:
        self._campaigns, self._children, self._fetcher = campaigns, children, fetcher

    def run(self, task: Task, part: str) -> dict[str, Any]:
        payload = task.payload
        child = self._campaigns.get(task.account_id, payload["campaign_id"])
        if child.status != rules.INCOMPLETE or child.refusal is not None:
            self._children.schedule_start(child)
            return {}
        may_be_unknown = frozenset(IdentifierKind(kind) for kind in payload["may_be_unknown"])
        try:
            with self._fetcher.fetch(payload["url"], max_bytes=MAX_FILE_BYTES) as chunks:
                audience = people_of(entries_of(chunks), may_be_unknown=may_be_unknown)
        except Invalid as exc:
            self._children.refuse(child, exc.message)
            return {"problem": exc.message}
        moment = None if payload["moment"] is None else from_unix(payload["moment"])
        try:
            self._children.send(child, audience, payload["data"], moment)
        except (Invalid, NotFound) as exc:  # the child has the reason
            return {"problem": exc.message}
        return {}

    def finish(self, task: Task, outcomes: dict[str, dict[str, Any]]) -> dict[str, Any]:
        return outcomes[FETCH_PEOPLE]

    def tidy(self, task: Task, outcomes: dict[str, dict[str, Any]]) -> None:
        """Do nothing: the file is not stored."""

    def discard(self, task: Task, parts: Collection[str]) -> None:
        """Do nothing: the file is not stored."""
