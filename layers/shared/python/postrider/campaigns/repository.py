"""Store campaigns and their revisions; each act is one conditional write."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from pynamodb.expressions.condition import Condition

from postrider.campaigns import rules
from postrider.campaigns.keys import (
    BEFORE_CHILDREN,
    NAME_KEY_CHARS,
    PREFIX,
    count_key,
    id_of,
    item_of,
    sort_key,
)
from postrider.campaigns.model import Campaign, Revision
from postrider.campaigns.rules import UNFINISHED, Act
from postrider.campaigns.table import (
    CampaignItem,
    CampaignTableItem,
    RevisionItem,
    SendCountItem,
    UnfinishedOfAccount,
)
from postrider.campaigns.variants.model import VariantSet
from postrider.campaigns.variants.storage import StoredVariants
from postrider.content.model import Content
from postrider.content.store import ContentStore
from postrider.kit.errors import Invalid, NotFound
from postrider.kit.sorting import Sort
from postrider.outbox.model import DomainEventType, NewEvent, snapshot
from postrider.outbox.writes import NO_RECORDER, EventRecorder
from postrider.ports.object_store import ObjectMissing, ObjectStore
from postrider.storage.accounts_table import padded
from postrider.storage.dynamo import batch_get, entity, on_condition_failure, transaction

_INDEXES = {
    "name": CampaignTableItem.by_name,
    "updated_on": CampaignTableItem.by_updated,
    "scheduled_for": CampaignTableItem.by_scheduled_for,
    "scheduled_on": CampaignTableItem.by_scheduled_at,
}
"""Index by field of `rules.SORTS`. Other fields are in the order of the table: ids grow with the time of creation."""

MAX_FILTER_VALUES = 100
"""Maximum number of values of an IN condition of DynamoDB."""


def unknown() -> NotFound:
    return NotFound("Unknown campaign.", code="campaign_not_found", field="campaign_id")


_EVENTS: Mapping[Act, DomainEventType] = {
    rules.CHANGE: DomainEventType.CAMPAIGN_UPDATED,
    rules.ARCHIVE: DomainEventType.CAMPAIGN_UPDATED,
    rules.UNARCHIVE: DomainEventType.CAMPAIGN_UPDATED,
    rules.SCHEDULE: DomainEventType.CAMPAIGN_SCHEDULED,
    rules.RESCHEDULE: DomainEventType.CAMPAIGN_SCHEDULED,
    rules.UNSCHEDULE: DomainEventType.CAMPAIGN_UNSCHEDULED,
    rules.SUSPEND: DomainEventType.CAMPAIGN_SUSPENDED,
    rules.RESUME: DomainEventType.CAMPAIGN_RESUMED,
    rules.CANCEL: DomainEventType.CAMPAIGN_CANCELLED,
    rules.SEND_CHILD: DomainEventType.CAMPAIGN_SCHEDULED,
}
"""Events of acts; the start and the end of a delivery have none."""
_SHOWN = (
    "id",
    "name",
    "type",
    "status",
    "suspended",
    "list_id",
    "segment_id",
    "subject",
    "sender_id",
    "sender_name",
    "reply_to_email",
    "tracking",
    "created_at",
    "updated_at",
    "scheduled_for",
    "scheduled_at",
)


def _event(event_type: DomainEventType, campaign: Campaign) -> NewEvent:
    return NewEvent(type=event_type, data=snapshot(campaign, *_SHOWN), list_id=campaign.list_id)


class CampaignRepository:
    def __init__(self, objects: ObjectStore, outbox: EventRecorder = NO_RECORDER) -> None:
        self._contents, self._outbox = ContentStore(objects, "content"), outbox
        self._variants = StoredVariants(objects, "content")

    def get(self, account_id: str, campaign_id: int) -> Campaign:
        """Return the campaign, or the child with this id. Raises NotFound.

        The keys of children have another prefix, so that listings by key do not read them; only a child costs a second call.
        """
        for is_child in (False, True):
            with suppress(CampaignItem.DoesNotExist):
                key = sort_key(campaign_id, is_child=is_child)
                return entity(Campaign, CampaignItem.get(account_id, key, consistent_read=True))
        raise unknown()

    def many(self, account_id: str, campaign_ids: Iterable[int]) -> dict[int, Campaign]:
        """Return the campaigns and children that exist, by id, with one call for 50."""
        names = [
            (account_id, sort_key(campaign_id, is_child=is_child))
            for campaign_id in campaign_ids
            for is_child in (False, True)
        ]
        items = batch_get(CampaignItem, names)
        return {campaign.id: campaign for item in items for campaign in [entity(Campaign, item)]}

    def walk(self, account_id: str, sort: Sort, filters: dict[str, list[str]]) -> Iterator[Campaign]:
        """Yield the campaigns that match the filters, in order. Raises Invalid if a filter has too many values."""
        if any(len(values) > MAX_FILTER_VALUES for values in filters.values()):
            raise Invalid(f"Invalid filter: a term has at most {MAX_FILTER_VALUES} values.", field="filter")
        forward = not sort.descending
        if sort.field == "name" and "name" in filters:
            # The name is the key of this index, and DynamoDB filters by other attributes only.
            others = {term: values for term, values in filters.items() if term != "name"}
            return self._with_names(account_id, filters["name"], _condition(others), forward=forward)
        condition = _condition(filters)
        if sort.field in _INDEXES:
            of_no_child = CampaignTableItem.scheduled_for_key < BEFORE_CHILDREN
            items = _INDEXES[sort.field].query(
                account_id,
                of_no_child if sort.field == "scheduled_for" else None,
                filter_condition=condition,
                scan_index_forward=forward,
                consistent_read=True,
            )
        else:
            items = CampaignItem.query(
                account_id,
                CampaignItem.sk.startswith(PREFIX),
                filter_condition=condition,
                scan_index_forward=forward,
                consistent_read=True,
            )
        return (entity(Campaign, item) for item in items)

    def of_list(self, account_id: str, list_id: int, *, after: int | None, forward: bool) -> Iterator[Campaign]:
        """Yield the campaigns to a list that are neither triggered nor archived, in order of id."""
        start = None if after is None else sort_key(after)
        in_range: Condition = CampaignItem.sk.startswith(PREFIX)
        if start is not None:
            in_range = CampaignItem.sk.between(*((start, f"{PREFIX}~") if forward else (PREFIX, start)))
        condition = (CampaignItem.list_id == list_id) & (CampaignItem.status != rules.ARCHIVED)
        items = CampaignItem.query(
            account_id, in_range, filter_condition=condition, scan_index_forward=forward, consistent_read=True
        )
        campaigns = (entity(Campaign, item) for item in items if item.sk != start)
        return (campaign for campaign in campaigns if not campaign.triggered)

    def _with_names(
        self, account_id: str, names: Iterable[str], condition: Condition | None, *, forward: bool
    ) -> Iterator[Campaign]:
        for start in sorted({_name_start(name) for name in names}, reverse=not forward):
            items = CampaignTableItem.by_name.query(
                account_id,
                CampaignTableItem.name_key.startswith(start),
                filter_condition=condition,
                scan_index_forward=forward,
                consistent_read=True,
            )
            yield from (entity(Campaign, item) for item in items)

    def add(self, campaign: Campaign) -> None:
        pending = self._outbox.pending(campaign.account_id, _event(DomainEventType.CAMPAIGN_CREATED, campaign))
        if not campaign.triggered:
            pending.save(item_of(campaign))
            return
        with pending.transaction() as writes:
            writes.save(item_of(campaign))
            writes.save(SendCountItem(campaign.account_id, count_key(campaign.id)))

    def act(self, before: Campaign, act: Act, after: Campaign) -> Campaign:
        """Store `after`, if the campaign has not changed since `before` was read.

        If the content changes, the revision of `before` is stored first: every writer that read it stores the same row.
        Raises Invalid if the campaign has changed.
        """
        after = replace(after, version=before.version + 1)
        changed = Invalid(
            f"The campaign cannot be {act.name}: it was changed concurrently; retry.", code="campaign_changed"
        )
        events = [_event(_EVENTS[act], after)] if act in _EVENTS else []
        if after.revision > before.revision > 0:
            _revision_item(before).save()
        with on_condition_failure(changed):
            self._outbox.pending(after.account_id, *events).save(item_of(after), CampaignItem.version == before.version)
        return after

    def delete(self, campaign: Campaign) -> None:
        """Delete the campaign with all of its revisions.

        Raises Invalid if it has changed since it was read, or has children, which need its content.
        """
        unchanged = CampaignItem.version == campaign.version
        if campaign.triggered:
            reason = "The campaign has been sent, or was changed concurrently. Archive it instead."
            count = SendCountItem(campaign.account_id, count_key(campaign.id))
            with on_condition_failure(Invalid(reason, code="campaign_sent")), transaction() as writes:
                writes.delete(item_of(campaign), condition=unchanged)
                writes.delete(count, condition=SendCountItem.last_number == 0)
        else:
            reason = "The campaign cannot be deleted in its present state."
            with on_condition_failure(Invalid(reason, code="campaign_changed")):
                item_of(campaign).delete(condition=unchanged)
        self._delete_contents(campaign)
        prefix = RevisionItem.sk.startswith(_revisions(campaign.id))
        for item in RevisionItem.query(campaign.account_id, prefix, consistent_read=True):
            self._delete_contents(replace(campaign, content_id=item.content_id, variants_id=item.variants_id))
            item.delete()

    def _delete_contents(self, campaign: Campaign) -> None:
        """Delete the contents of a revision; contents that several revisions share may be deleted already."""
        with suppress(NotFound):
            for variant in self.variants(campaign).others:
                self._contents.delete(campaign.account_id, variant.content_id or "")
        if campaign.variants_id is not None:
            self._variants.delete(campaign.account_id, campaign.variants_id)
        if campaign.content_id is not None:
            self._contents.delete(campaign.account_id, campaign.content_id)

    def save_content(self, account_id: str, content_id: str, content: Content) -> None:
        """Store a content under a new id. The campaign that refers to it is stored afterwards."""
        self._contents.save(account_id, content_id, content)

    def save_variants(self, account_id: str, variants_id: str, variants: VariantSet) -> None:
        """Store a set of variants under a new id. The campaign that refers to it is stored afterwards."""
        self._variants.save(account_id, variants_id, variants.stored())

    def variants(self, campaign: Campaign) -> VariantSet:
        """Return the variants of the campaign; without variants, only its own content. Raises NotFound."""
        if campaign.variants_id is None:
            return VariantSet.of(campaign)
        try:
            return VariantSet.of(campaign, self._variants.get(campaign.account_id, campaign.variants_id))
        except ObjectMissing as exc:
            raise _unknown_revision() from exc

    def content(self, campaign: Campaign) -> Content:
        """Return the content of the campaign; an empty content if it has none. Raises NotFound."""
        if campaign.content_id is None:
            return Content()
        try:
            return self._contents.get(campaign.account_id, campaign.content_id)
        except ObjectMissing as exc:
            raise _unknown_revision() from exc

    def at_revision(self, campaign: Campaign, revision: int) -> Campaign:
        """Return the campaign with this revision as its content. Raises NotFound."""
        if not 0 < revision <= campaign.revision:
            raise _unknown_revision()
        if revision == campaign.revision:
            return campaign
        try:
            item = RevisionItem.get(
                campaign.account_id, _revisions(campaign.id) + padded(revision), consistent_read=True
            )
        except RevisionItem.DoesNotExist as exc:
            raise _unknown_revision() from exc
        return replace(campaign, revision=revision, content_id=item.content_id, variants_id=item.variants_id)

    def revisions(self, campaign: Campaign) -> Iterator[Revision]:
        """Yield the revisions, the newest first."""
        if campaign.content_updated_at is not None:
            yield Revision(number=campaign.revision, made_at=campaign.content_updated_at)
        if campaign.revision > 1:
            start = _revisions(campaign.id)
            earlier = RevisionItem.sk.between(start + padded(1), start + padded(campaign.revision - 1))
            items = RevisionItem.query(campaign.account_id, earlier, scan_index_forward=False, consistent_read=True)
            yield from (entity(Revision, item) for item in items)

    def first_unfinished(
        self, account_id: str, *, segment_id: int | None = None, sender_id: str | None = None
    ) -> Campaign | None:
        """Return a scheduled or delivering campaign of the account with this segment or sender, if there is one."""
        if segment_id is not None:
            named: Condition = UnfinishedOfAccount.segment_id == segment_id
        else:
            has_variant = UnfinishedOfAccount.variant_sender_ids.contains(sender_id)
            named = (UnfinishedOfAccount.sender_id == sender_id) | has_variant
        items = CampaignTableItem.unfinished_of_account.query(account_id, filter_condition=named, consistent_read=True)
        for item in items:
            with suppress(NotFound):
                campaign = self.get(account_id, id_of(item.sk))
                if campaign.status in UNFINISHED:
                    return campaign
        return None

    def unfinished(self) -> Iterator[tuple[str, int]]:
        """Yield account id and campaign id of all scheduled or delivering campaigns, in every account."""
        for item in CampaignTableItem.unfinished_index.query("yes"):
            yield item.account_id, id_of(item.sk)


def _revisions(campaign_id: int) -> str:
    return f"revision#{padded(campaign_id)}#"


def _revision_item(campaign: Campaign) -> RevisionItem:
    """Return the row of the campaign's revision."""
    return RevisionItem(
        campaign.account_id,
        _revisions(campaign.id) + padded(campaign.revision),
        number=campaign.revision,
        content_id=campaign.content_id,
        variants_id=campaign.variants_id,
        made_at=campaign.content_updated_at,
    )


def _unknown_revision() -> NotFound:
    return NotFound("Unknown revision.", code="revision_not_found", field="revision_id")


def _name_start(name: str) -> str:
    """Return the prefix of the key of this name: the name in lower case, and an end mark."""
    return f"{name.casefold()[:NAME_KEY_CHARS]}#"


def _condition(filters: dict[str, list[str]]) -> Condition | None:
    """Return the condition that each field has one of the values of its term."""
    condition: Condition | None = None
    for term, values in filters.items():
        fits: Any
        if term == "list_id":
            fits = CampaignItem.list_id.is_in(*[int(value) for value in values])
        elif term == "name":
            fits = CampaignTableItem.name_key.startswith(_name_start(values[0]))
            for value in values[1:]:
                fits |= CampaignTableItem.name_key.startswith(_name_start(value))
        else:
            fits = getattr(CampaignItem, term).is_in(*values)
        condition = fits if condition is None else condition & fits
    return condition
