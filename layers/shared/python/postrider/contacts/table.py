"""The contacts table: contacts in blocks, claims of addresses in buckets, and counters and other items of a list."""

from typing import Any

from pynamodb.attributes import (
    BooleanAttribute,
    DiscriminatorAttribute,
    JSONAttribute,
    ListAttribute,
    MapAttribute,
    NumberAttribute,
    NumberSetAttribute,
    TTLAttribute,
    UnicodeAttribute,
)
from pynamodb.constants import PAY_PER_REQUEST_BILLING_MODE
from pynamodb.indexes import GlobalSecondaryIndex, IncludeProjection
from pynamodb.models import Model

from postrider.kit.settings import table_name
from postrider.storage.dynamo import UnixSeconds


class ByStatus(GlobalSecondaryIndex[Any]):
    """A sparse index of contacts by status, without the statuses NOT_INDEXED.

    It also has deleted contacts by address, see DeletedContactItem.
    """

    class Meta:
        index_name = "by_status"
        projection = IncludeProjection(["kind"])  # models of a shared table filter by it

    status_key = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)


class ByBounces(GlobalSecondaryIndex[Any]):
    """An index of bounced contacts by kind of the last bounce, then by number of bounces."""

    class Meta:
        index_name = "by_bounces"
        projection = IncludeProjection(["kind"])  # models of a shared table filter by it

    bounce_key = UnicodeAttribute(hash_key=True)
    bounce_rank = UnicodeAttribute(range_key=True)


class ContactsItem(Model):
    """A table of several kinds of items. Every partition key has the account, so that ids of other accounts are unknown."""

    class Meta:
        table_name = table_name("contacts")
        billing_mode = PAY_PER_REQUEST_BILLING_MODE

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    kind = DiscriminatorAttribute()
    status_key = UnicodeAttribute(null=True)
    bounce_key = UnicodeAttribute(null=True)
    bounce_rank = UnicodeAttribute(null=True)
    expires_at = TTLAttribute(null=True)
    by_status = ByStatus()
    by_bounces = ByBounces()


class ContactItem(ContactsItem, discriminator="contact"):
    """A contact: pk `<account>#<list>#<block>`, sk the padded id. Usual values (never bounced, no groups) are left out.

    `attributes` has values by id of the attribute; `groups` and `interests` have ids.
    """

    email = UnicodeAttribute(null=True)
    address = UnicodeAttribute(null=True)
    external_id = UnicodeAttribute(null=True)
    status = UnicodeAttribute()
    subscribed_at = UnixSeconds()
    updated_at = UnixSeconds()
    attributes: MapAttribute[str, Any] = MapAttribute(null=True)
    groups: ListAttribute[Any] = ListAttribute(null=True)
    interests: ListAttribute[Any] = ListAttribute(null=True)
    last_bounce_type = UnicodeAttribute(null=True)
    bounces_count = NumberAttribute(null=True)
    soft_bounces = NumberAttribute(null=True)
    hard_bounced = BooleanAttribute(null=True)
    bounce_events: ListAttribute[Any] = ListAttribute(null=True)
    suppressed_by = UnicodeAttribute(null=True)
    suppressed_at = UnixSeconds(null=True)
    withdrawn_by = UnicodeAttribute(null=True)
    consent_number = NumberAttribute(null=True)
    departures = NumberAttribute(null=True)
    address_since = UnixSeconds(null=True)
    confirmation_due = BooleanAttribute(null=True)
    origin = UnicodeAttribute(null=True)
    has_records = BooleanAttribute(null=True)
    has_consents = BooleanAttribute(null=True)
    opted_in_at = UnixSeconds(null=True)
    version = NumberAttribute()


class ClaimItem(ContactsItem, discriminator="claim"):
    """A claim: pk `address#<account>#<list>#<bucket>`, sk the canonical address. Makes addresses unique and ordered.

    A claim without `contact_id` has the departure `withdrawn_by` of the last contact with the address, which is free. The claim
    of an import also has it, until the import writes the contact.
    """

    contact_id = NumberAttribute(null=True)
    subscribed_at = UnixSeconds(null=True)
    withdrawn_by = UnicodeAttribute(null=True)


class DepartureItem(ContactsItem, discriminator="departure"):
    """The departure of an erased person: pk `departures#<account>#<keyed hash of the address>`, sk the padded list id."""

    withdrawn_by = UnicodeAttribute()


class ExternalIdItem(ContactsItem, discriminator="externalid"):
    """The claim of an external id: pk `identifier#<account>#<list>#external_id#<bucket>`, sk the id.

    `subscribed_at` is set by imports, which write claims before their contacts.
    """

    contact_id = NumberAttribute()
    subscribed_at = UnixSeconds(null=True)


class DeletedContactItem(ContactsItem, discriminator="gone"):
    """A deleted contact, for links in old mails and for imports: pk `gone#<account>#<list>#<block>`, sk the padded id.

    With an address, status_key is `gone#<account>#<address>`, for a query of all items of an address. `address_number` is
    that of the contact, without 0. `origin` is that of the contact; only with an origin, its external id is kept.
    `successor_id` is the contact into which it was merged.
    """

    address = UnicodeAttribute(null=True)
    address_number = NumberAttribute(null=True)
    external_id = UnicodeAttribute(null=True)
    origin = UnicodeAttribute(null=True)
    successor_id = NumberAttribute(null=True)


class FormerAddressItem(ContactsItem, discriminator="former"):
    """A former address of a contact, for links in old mails: pk `former#<account>#<list>#<block>`.

    The sk is `<padded contact id>#<padded address number>`; status_key is that of a deleted contact with this address.
    """

    address = UnicodeAttribute()


class ConsentItem(ContactsItem, discriminator="consent"):
    """A consent record: pk `consent#<account>#<list>#<block>`, sk `<padded contact id>#<padded moment>#<digest of the texts>`.

    The same consent has the same key, so that a repetition stores it once. Blank texts are left out.
    """

    created_at = UnixSeconds()
    consented_at = UnixSeconds(null=True)
    text = UnicodeAttribute(null=True)
    url = UnicodeAttribute(null=True)
    ip = UnicodeAttribute(null=True)
    user_agent = UnicodeAttribute(null=True)


class AllocatorItem(ContactsItem, discriminator="allocator"):
    """The allocator of ids of a list: pk `list#<account>#<list>`, sk `allocator`. `free` ids below `end_id` are unused.

    A `closed` allocator has no ids and expires: its list is being deleted, or was deleted.
    """

    free = NumberAttribute()
    end_id = NumberAttribute()
    last_at = UnixSeconds()
    closed = BooleanAttribute(null=True)


class BlockItem(ContactsItem, discriminator="block"):
    """A block of a list: pk `list#<account>#<list>`, sk `block#<padded>`."""

    block = NumberAttribute()


class ContactCountersItem(ContactsItem, discriminator="counters"):
    """A shard of the numbers of contacts by status: pk `list#<account>#<list>`, sk `counters#<shard>`.

    `suppressed` counts the active contacts that are marked as suppressed, `removed` all contacts that were ever deleted.
    """

    active = NumberAttribute(null=True)
    pending = NumberAttribute(null=True)
    invalid = NumberAttribute(null=True)
    unsubscribed = NumberAttribute(null=True)
    flagged = NumberAttribute(null=True)
    archived = NumberAttribute(null=True)
    unaddressed = NumberAttribute(null=True)
    deleted = NumberAttribute(null=True)
    suppressed = NumberAttribute(null=True)
    removed = NumberAttribute(null=True)


class UsageItem(ContactsItem, discriminator="usage"):
    """Numbers of contacts by interest: pk `list#<account>#<list>`, sk `usage#<bucket>`, attributes `used:<interest id>`.

    A bucket has many interests, so that a transaction can count any number of them.
    """


class MembersItem(ContactsItem, discriminator="members"):
    """Possible members of a group: pk `members#<account>#<list>`, sk `<padded group>#<padded block>#<quarter>`.

    `places` are the positions of contacts in a quarter of a block, 0 to 255.
    """

    places = NumberSetAttribute(null=True)


class GroupCountItem(ContactsItem, discriminator="groupcount"):
    """A shard of the number of members of a group: pk `groups#<account>#<list>`, sk `<padded group>#<shard>`."""

    members = NumberAttribute()


class GroupChangesItem(ContactsItem, discriminator="groupchanges"):
    """Changes of the numbers of members of many groups: pk `groups#<account>#<list>`, sk `changes#<random>`.

    Those after the first `counted` ones are not in the shards yet. The item is deleted when all are.
    """

    changes: ListAttribute[Any] = ListAttribute()
    counted = NumberAttribute(default=0)


class PartOutcomeItem(ContactsItem, discriminator="once"):
    """A record of a part of an import: pk `list#<account>#<list>`. Outlives the messages of its queue.

    The sk `once#<name>` has the result of a part whose contacts were counted, and `ids#<name>#<padded id>` the number of
    the ids that the part has allocated, from this id on.
    """

    outcome = JSONAttribute()
