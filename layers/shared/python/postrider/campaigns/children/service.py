"""Send a triggered campaign: create a child with the frozen content of its parent, and its own audience and data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from postrider.campaigns import rules
from postrider.campaigns.children.model import (
    MAX_NAMED,
    Audience,
    Data,
    FileAudience,
    FilteredAudience,
    NamedAudience,
    ParentAudience,
    SegmentAudience,
)
from postrider.campaigns.children.people_file import is_possible, is_small
from postrider.contacts.identifiers import IdentifierKind
from postrider.filters import to_stored
from postrider.kit.clock import Clock, unix_or_none
from postrider.kit.errors import Invalid, NotFound
from postrider.kit.ids import random_id
from postrider.storage import sequences
from postrider.tasks.model import TaskType

if TYPE_CHECKING:  # calls that do without these services do not import them
    from postrider.campaigns.acts import CampaignActs
    from postrider.campaigns.checks.requirements import CampaignRequirements
    from postrider.campaigns.children.audiences import AudienceStore
    from postrider.campaigns.children.repository import ChildRepository
    from postrider.campaigns.model import Campaign
    from postrider.contacts.service import ContactService
    from postrider.delivery.service import DeliveryService
    from postrider.tasks.runner import TaskRunner
    from postrider.tasks.service import TaskService

MAX_DATA_BYTES = 100 * 1024
"""Maximum size of the data for all, as JSON."""
MAX_AHEAD = timedelta(days=90)
"""Maximum time until a scheduled sending: its stored audience expires."""
PEOPLE_UNKNOWN = "people_unknown"
"""Code of the error for people that cannot be mailed; `details` has the number of the sending with the problems."""
FETCH_PEOPLE = "fetch_people"
_UNKNOWN = {
    IdentifierKind.EXTERNAL_ID: "no person has the id {value!r}",
    IdentifierKind.EMAIL: "no person has the address {value!r}",
    IdentifierKind.CONTACT_ID: "there is no contact {value!r}",
}
SHOWN_CHARS = 200


class CampaignChildren:
    def __init__(
        self,
        children: ChildRepository,
        acts: CampaignActs,
        audiences: AudienceStore,
        contacts: ContactService,
        requirements: CampaignRequirements,
        delivery: DeliveryService,
        tasks: TaskService,
        runner: TaskRunner,
        now: Clock,
    ) -> None:
        self._children, self._acts, self._audiences, self._contacts = children, acts, audiences, contacts
        self._requirements, self._delivery, self._now = requirements, delivery, now
        self._tasks, self._runner = tasks, runner

    def send_again(
        self,
        account_id: str,
        parent_id: int,
        *,
        audience: Audience | None = None,
        data: Data | None = None,
        moment: datetime | None = None,
    ) -> Campaign:
        """Send the triggered campaign to an audience (None: its own), now or at `moment`; return the child.

        The child of a file is incomplete until a task has read the file. A person gets at most one mail of a child. Raises
        NotFound; Invalid for a missing or invalid setting of the parent, for data that is too large, and, with the code
        PEOPLE_UNKNOWN, for unknown people: then a child without mails has the problems.
        """
        data = data or {}
        parent = self._acts.get_for_act(account_id, parent_id, rules.START_CHILD)
        self._check_request(audience, data, moment)
        for problem in self._requirements.review(parent, html_empty=True, has_recipients=False).problems():
            raise problem
        child = self._add_child(parent)
        if isinstance(audience, FileAudience):
            self._fetch_later(child, audience, data, moment)
            return child
        return self.send(child, audience or ParentAudience(), data, moment)

    def send(self, child: Campaign, audience: Audience, data: Data, moment: datetime | None) -> Campaign:
        """Send an incomplete child to an audience; repeated calls change nothing. Raises Invalid as `send_again` does."""
        try:
            settings = self._stored_audience(child, audience, data)
            ready = replace(child, **settings)
            self._requirements.recipients(ready)
            self._requirements.usage(ready, lambda: self._requirements.sample(ready))
        except (Invalid, NotFound) as exc:
            self.refuse(child, exc.message, problems=exc.details.get("problems", 0))
            raise
        now = self._now()
        start = now if moment is None else max(moment, now)
        sent = self._acts.perform(
            child.account_id,
            child.id,
            rules.SEND_CHILD,
            status=rules.SCHEDULED,
            scheduled_for=start,
            scheduled_at=now,
            **settings,
        )
        self._delivery.schedule_start(sent.account_id, sent.source, start)
        return sent

    def refuse(self, child: Campaign, reason: str, *, problems: int = 0) -> None:
        """Store the reason why an incomplete child is not sent."""
        self._acts.perform(child.account_id, child.id, rules.REFUSE_CHILD, refusal=reason, problems=problems)

    def problems(self, child: Campaign) -> list[str]:
        """Return the reasons why people of a child could not be mailed, one line each."""
        return self._audiences.problems(child.account_id, child.id) if child.problems else []

    def schedule_start(self, child: Campaign) -> None:
        """Schedule the start of a child; repeating it changes nothing."""
        if child.status == rules.SCHEDULED and child.scheduled_for is not None:
            self._delivery.schedule_start(child.account_id, child.source, child.scheduled_for)

    def _check_request(self, audience: Audience | None, data: Data, moment: datetime | None) -> None:
        if isinstance(audience, NamedAudience) and len(audience.people) + len(audience.problems) > MAX_NAMED:
            reason = f"Too many people: a call names at most {MAX_NAMED}. Use a file, or several calls."
            raise Invalid(reason, code="too_many_people", field="audience")
        if not is_small(data, MAX_DATA_BYTES):
            reason = f"The data is larger than {MAX_DATA_BYTES} bytes as JSON, or nested too deeply."
            raise Invalid(reason, code="data_too_large", field="data")
        if moment is not None and moment > self._now() + MAX_AHEAD:
            reason = f"A sending can be scheduled at most {MAX_AHEAD.days} days ahead."
            raise Invalid(reason, code="date_too_far", field="date")

    def _add_child(self, parent: Campaign) -> Campaign:
        """Store an incomplete child with the content of the parent, which is kept as long as it has children."""
        now = self._now()
        child = replace(
            parent,
            id=sequences.allocate("campaign"),
            number=self._children.allocate_number(parent),
            parent_id=parent.id,
            triggered=False,
            created_at=now,
            updated_at=now,
            revision=1,
            version=1,
        )
        self._children.add_child(child)
        return child

    def _stored_audience(self, child: Campaign, audience: Audience, data: Data) -> dict[str, Any]:
        """Store the audience under a new id, if the child needs one; return the settings that name it."""
        account_id, audience_id = child.account_id, random_id()
        if isinstance(audience, NamedAudience):
            people = self._find(child, audience)
            self._audiences.save_people(account_id, audience_id, people, data)
            return {"audience_id": audience_id, "segment_id": None, "recipients": len(people)}
        settings: dict[str, Any] = {}
        if isinstance(audience, SegmentAudience):
            settings = {"segment_id": audience.segment_id}
            self._requirements.audience(replace(child, **settings))
        tree = None
        if isinstance(audience, FilteredAudience):
            tree, settings = to_stored(audience.tree), {"segment_id": None}
        if tree is not None or data:
            self._audiences.save_filter(account_id, audience_id, tree, data)
            settings["audience_id"] = audience_id
        return settings

    def _find(self, child: Campaign, audience: NamedAudience) -> Mapping[int, Data]:
        """Return the data of the named people by contact id; the last entry of a person wins.

        If a person must be known and is not, store the problems and raise Invalid with PEOPLE_UNKNOWN.
        """
        assert child.list_id is not None  # checked by the review of the parent
        identifiers = [person.identifier for person in audience.people]
        possible = [identifier for identifier in identifiers if is_possible(identifier)]
        known = dict(
            zip(possible, self._contacts.by_identifiers(child.account_id, child.list_id, possible), strict=True)
        )
        problems = dict(audience.problems)
        people: dict[int, Data] = {}
        for person in audience.people:
            kind, value = person.identifier.kind, person.identifier.value
            contact = known.get(person.identifier)
            if contact is not None:
                people[contact.id] = person.data
            elif kind not in audience.may_be_unknown:
                problems[person.line] = _UNKNOWN[kind].format(value=value[:SHOWN_CHARS])
        if problems:
            lines = [f"line {line}: {problem}" for line, problem in sorted(problems.items())]
            self._audiences.save_problems(child.account_id, child.id, lines)
            raise Invalid(
                f"{len(lines)} of the named people cannot be mailed, so nobody is. Sending {child.number} of the campaign has "
                "a line for each of them.",
                code=PEOPLE_UNKNOWN,
                field="audience",
                details={"number": child.number, "problems": len(lines)},
            )
        return people

    def _fetch_later(self, child: Campaign, audience: FileAudience, data: Data, moment: datetime | None) -> None:
        task = self._tasks.create(
            child.account_id,
            type=TaskType.PEOPLE_FETCH,
            total=1,
            list_id=child.list_id,
            payload={
                "campaign_id": child.id,
                "url": audience.url,
                "may_be_unknown": sorted(audience.may_be_unknown),
                "data": data,
                "moment": unix_or_none(moment),
            },
        )
        self._runner.enqueue(task, [FETCH_PEOPLE])
