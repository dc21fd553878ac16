"""Exports of messages: a task that writes one piece of the file for each block of recipients or span of days, and joins them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, Any

from postrider.kit.chunks import in_chunks
from postrider.kit.clock import from_unix, unix
from postrider.kit.errors import Invalid, NotFound
from postrider.kit.wire_ids import prefixed_hex_id, with_padding
from postrider.mail_events import calendar
from postrider.mail_events.model import AccountLog
from postrider.mail_events.source import MailSource, SourceKind
from postrider.messages import rules
from postrider.messages.columns import METRIC_COLUMNS
from postrider.messages.model import MailMessage, MessageKey, MessageQuery, Metric
from postrider.tasks.model import Task, TaskType
from postrider.templates.model import NO_TEMPLATE

if TYPE_CHECKING:  # calls that do without these services do not import them
    from postrider.accounts.model import Caller
    from postrider.campaigns.model import Campaign
    from postrider.campaigns.service import CampaignService
    from postrider.contacts.model import Contact
    from postrider.contacts.naming import ContactNames, ListNames
    from postrider.delivery.service import DeliveryService
    from postrider.exports.files import ExportFiles
    from postrider.exports.model import NumberedExport
    from postrider.exports.numbered import NumberedExports
    from postrider.mail_events.service import EventService
    from postrider.messages.service import MessageService
    from postrider.tasks.runner import TaskRunner
    from postrider.tasks.service import TaskService
    from postrider.templates.service import TemplateService
    from postrider.workflows.service import WorkflowService

MAX_CHILDREN = 200
"""Maximum number of sendings of a triggered campaign in one export: the call reads their blocks."""
MAX_ATTRIBUTES = 100
CHUNK = 500
"""Number of messages that are read together."""
MAILS_A_PART, DAYS_A_PART = 50_000, 31
"""A part has whole days: as many as have this many mails together, and a month at most."""
COLUMNS = (
    *("delivery_id", "deduplicate_id", "customer_id", "email", "cio_id", "type", "recipient", "subject"),
    *("campaign_id", "action_id", "newsletter_id", "content_id", "broadcast_id", "transactional_message_id"),
    *("created", *METRIC_COLUMNS.values(), "failure_message"),
)
"""Columns before the columns of attributes; moments are Unix seconds."""
OF_PERSON = frozenset({"email", "cio_id"})
"""Columns with values of the person: an attribute with such a name would be a repetition."""


@dataclass(frozen=True, kw_only=True)
class MessageExportRequest:
    """The messages to export: those of one campaign, workflow, action or template, created between two moments.

    The template NO_TEMPLATE means transactional mails without one. `content_id` limits them to one variant of a content.
    `attributes` are names of attributes of contacts, which get columns, unless they are in OF_PERSON. `with_drafts` adds
    drafts.
    """

    start: datetime
    end: datetime
    campaign_id: int | None = None
    workflow_id: int | None = None
    action_id: int | None = None
    template_id: int | None = None
    content_id: int | None = None
    metric: Metric | None = None
    with_drafts: bool = False
    attributes: tuple[str, ...] = ()


class MessageExportService:
    def __init__(
        self,
        campaigns: CampaignService,
        workflows: WorkflowService,
        templates: TemplateService,
        delivery: DeliveryService,
        events: EventService,
        tasks: TaskService,
        runner: TaskRunner,
        exports: NumberedExports,
    ) -> None:
        self._campaigns, self._workflows, self._templates = campaigns, workflows, templates
        self._delivery, self._events = delivery, events
        self._tasks, self._runner, self._exports = tasks, runner, exports

    def create(
        self, caller: Caller, request: MessageExportRequest, *, description: str | None = None
    ) -> NumberedExport:
        """Start an export. Raises NotFound for an unknown source, and Invalid unless the request names exactly one source."""
        account_id = caller.account_id
        named = [request.campaign_id, request.workflow_id, request.action_id, request.template_id]
        if sum(id_ is not None for id_ in named) != 1:
            reason = "Name one campaign, workflow, action or template whose messages are exported."
            raise Invalid(reason, code="export_source_missing", field="source")
        attributes = [name for name in dict.fromkeys(request.attributes) if name not in OF_PERSON]
        if len(attributes) > MAX_ATTRIBUTES:
            raise Invalid(f"An export has at most {MAX_ATTRIBUTES} attributes.", field="attributes")
        if request.campaign_id is not None:
            sources, parts = [], self._blocks(account_id, request)
        else:
            sources, parts = self._sources(account_id, request), self._spans(account_id, request)
        task = self._tasks.create(
            account_id,
            type=TaskType.MESSAGES_EXPORT,
            total=len(parts),
            requested_by=caller,
            description=description,
            payload={
                "sources": [str(source) for source in sources],
                "template_id": request.template_id,
                "content_id": request.content_id,
                "start": unix(request.start),
                "end": unix(request.end),
                "metric": request.metric,
                "with_drafts": request.with_drafts,
                "attributes": attributes,
            },
        )
        export = self._exports.register(task)
        self._runner.enqueue(task, parts)
        return export

    def _sources(self, account_id: str, request: MessageExportRequest) -> list[MailSource]:
        """Return the actions; no actions for a template, whose messages are found by their copies."""
        if request.action_id is not None:
            return [self._workflows.action_by_id(account_id, request.action_id).source]
        if request.workflow_id is not None:
            self._workflows.get(account_id, request.workflow_id)
            return [action.source for action in self._workflows.actions(account_id, request.workflow_id)]
        if request.template_id not in (None, NO_TEMPLATE):
            self._templates.get(account_id, request.template_id)
        return []

    def _spans(self, account_id: str, request: MessageExportRequest) -> list[str]:
        """Return parts that cover all days (UTC) of the window.

        The counters of the whole account decide how many days a part has; a wrong one makes it longer or shorter.
        """
        kind = SourceKind.WORKFLOW_ACTION if request.template_id is None else SourceKind.TRANSACTIONAL
        first, last = (calendar.hour_of(unix(moment) * 1000) for moment in (request.start, request.end))
        mails: Counter[int] = Counter()
        for (hour, measure), count in self._events.hours(account_id, AccountLog(), first, last).items():
            if measure == calendar.sent_measure(kind):
                mails[calendar.day_of(hour)] += count
        return list(spans(calendar.day_of(first), calendar.day_of(last), mails))

    def _blocks(self, account_id: str, request: MessageExportRequest) -> list[str]:
        """Return a part for each block of recipients of the campaign or of its sendings in the window."""
        campaign = self._campaigns.get(account_id, request.campaign_id or 0)
        campaigns = self._children(campaign, request) if campaign.triggered else [campaign]
        return [
            f"{sending.id:016d}-{sending.list_id or 0}-{block:016d}"
            for sending in campaigns
            for block in self._delivery.planned_blocks(sending)
        ]

    def _children(self, parent: Campaign, request: MessageExportRequest) -> list[Campaign]:
        """Return the sendings of a triggered campaign in the window. Raises Invalid for more than MAX_CHILDREN."""
        children = self._campaigns.children(parent.account_id, parent.id)
        in_window = (
            child for child in children if request.start <= (child.scheduled_for or child.created_at) <= request.end
        )
        sendings = list(islice(in_window, MAX_CHILDREN + 1))
        if len(sendings) > MAX_CHILDREN:
            reason = f"The campaign was sent more than {MAX_CHILDREN} times in this time; choose a shorter one."
            raise Invalid(reason, code="too_many_sendings", field="start")
        return sendings


def spans(first: int, last: int, mails: Mapping[int, int]) -> Iterator[str]:
    """Yield spans of days since 1970, such as "2026-01-01..2026-01-31", by the mails of each day."""
    begin, sum_of_mails = first, 0
    for day in range(first, last + 1):
        count = mails.get(day, 0)
        if day > begin and (day - begin == DAYS_A_PART or sum_of_mails + count > MAILS_A_PART):
            yield f"{_date(begin)}..{_date(day - 1)}"
            begin, sum_of_mails = day, 0
        sum_of_mails += count
    yield f"{_date(begin)}..{_date(last)}"


def _date(day: int) -> date:
    return date(1970, 1, 1) + timedelta(days=day)


class MessageExportJob:
    """The job of the task: a part is a block of recipients of a campaign, or a span of days of the log of other sources."""

    def __init__(
        self, messages: MessageService, delivery: DeliveryService, names: ContactNames, files: ExportFiles
    ) -> None:
        self._messages, self._delivery, self._names, self._files = messages, delivery, names, files

    def run(self, task: Task, part: str) -> dict[str, Any]:
        attributes = task.payload["attributes"]
        rows: list[list[object]] = []
        for chunk in in_chunks(self._chosen(task, part), CHUNK):
            values = self._values(task.account_id, chunk) if attributes else {}
            rows += [_cells(message, values.get(message.key, {}), attributes) for message in chunk]
        return self._files.write_piece(task, part, rows)

    def finish(self, task: Task, outcomes: dict[str, dict[str, Any]]) -> dict[str, Any]:
        return self._files.join(task, [*COLUMNS, *map(_column_of, task.payload["attributes"])], outcomes)

    def tidy(self, task: Task, outcomes: dict[str, dict[str, Any]]) -> None:
        self._files.drop_pieces(task, outcomes)

    def discard(self, task: Task, parts: Collection[str]) -> None:
        self._files.discard(task, parts)

    def _chosen(self, task: Task, part: str) -> Iterator[MailMessage]:
        query = _query_of(task)
        if ".." not in part:
            yield from self._of_block(task.account_id, part, query)
            return
        first, last = (datetime.fromisoformat(text).replace(tzinfo=UTC) for text in part.split(".."))
        end_of_last = last + timedelta(days=1) - timedelta(seconds=1)
        of_span = replace(query, start=max(query.start or first, first), end=min(query.end or end_of_last, end_of_last))
        yield from self._messages.walk(task.account_id, of_span)
        if task.payload["with_drafts"] and of_span.metric is None:
            yield from self._messages.walk(task.account_id, replace(of_span, is_draft=True))

    def _of_block(self, account_id: str, part: str, query: MessageQuery) -> Iterator[MailMessage]:
        campaign_id, list_id, block = map(int, part.split("-"))
        source = MailSource.campaign(campaign_id)
        contact_ids = self._delivery.recipients_in(account_id, source, block)
        for chunk in in_chunks(contact_ids, CHUNK):
            keys = [MessageKey(source, list_id, contact_id) for contact_id in chunk]
            messages = self._messages.of_recipients(account_id, keys)
            yield from (
                message
                for message in messages
                if message is not None and rules.fulfils(query, message) and rules.is_in_window(query, message)
            )

    def _values(self, account_id: str, messages: Iterable[MailMessage]) -> dict[MessageKey, Mapping[str, Any]]:
        """Return the attributes of the contacts of messages by name."""
        by_list: dict[int, list[tuple[MessageKey, Contact]]] = defaultdict(list)
        for message in messages:
            if message.contact is not None:
                by_list[message.contact.list_id].append((message.key, message.contact))
        values: dict[MessageKey, Mapping[str, Any]] = {}
        for list_id, people in by_list.items():
            names = self._names_of(account_id, list_id)
            if names is not None:
                values |= {key: names.attributes_of(contact) for key, contact in people}
        return values

    def _names_of(self, account_id: str, list_id: int) -> ListNames | None:
        try:
            return self._names.of(account_id, list_id)
        except NotFound:  # the list is being deleted
            return None


def _column_of(attribute: str) -> str:
    """Return the column of an attribute; an attribute with the name of a metric or another column has a prefix."""
    return f"customer_{attribute}" if attribute in COLUMNS else attribute


def _query_of(task: Task) -> MessageQuery:
    request = task.payload
    sources = tuple(MailSource.parse(text) for text in request["sources"])
    return MessageQuery(
        sources=None if request["template_id"] is not None else sources,
        template_id=request["template_id"],
        content_id=request["content_id"],
        metric=None if request["metric"] is None else Metric(request["metric"]),
        start=from_unix(request["start"]),
        end=from_unix(request["end"]),
    )


def _cells(message: MailMessage, values: Mapping[str, Any], attributes: Sequence[str]) -> list[object]:
    contact, message_id = message.contact, with_padding(message.id)
    return [
        message_id,
        f"{message_id}:{unix(message.changed_at)}",
        None if contact is None else contact.external_id,
        None if contact is None else contact.email,
        None if contact is None else prefixed_hex_id(contact.id),
        "email",
        message.email,
        message.subject,
        message.workflow_id,
        message.action_id,
        message.newsletter_id,
        message.content_id,
        message.broadcast_id,
        message.transactional_id,
        unix(message.created_at),
        *(unix(message.moments[metric]) if metric in message.moments else None for metric in METRIC_COLUMNS),
        message.failure,
        *(values.get(name) for name in attributes),
    ]
