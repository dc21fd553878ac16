"""The contacts table: contacts in blocks, claims of addresses in buckets, and what a list keeps about them."""

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
    """Contacts that are not active, by status: sparse, so that the usual contact costs nothing here.

    Deleted ones by address, see GoneItem.
    """

    class Meta:
        index_name = "by_status"
        projection = IncludeProjection(["kind"])  # models of a shared table filter by it

    status_key = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)


class ByBounces(GlobalSecondaryIndex[Any]):
    """Contacts that bounced, by kind of the last bounce, then by their number."""

    class Meta:
        index_name = "by_bounces"
        projection = IncludeProjection(["kind"])  # models of a shared table filter by it

    bounce_key = UnicodeAttribute(hash_key=True)
    bounce_rank = UnicodeAttribute(range_key=True)


class ContactsItem(Model):
    """One table, many kinds. The account is part of every partition key, so that another's id finds nothing."""

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
    """pk `<account>#<list>#<block>`, sk the padded id. What is usual (never bounced, no groups) is left out.

    `attributes` has values by the attribute's id; `groups` and `interests` are ids.
    """

    email = UnicodeAttribute()
    address = UnicodeAttribute(null=True)
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
    suppressed = BooleanAttribute(null=True)
    origin = UnicodeAttribute(null=True)
    version = NumberAttribute()


class ClaimItem(ContactsItem, discriminator="claim"):
    """pk `address#<account>#<list>#<bucket>`, sk the canonical address: makes addresses unique, keeps their order."""

    contact_id = NumberAttribute()
    subscribed_at = UnixSeconds()


class GoneItem(ContactsItem, discriminator="gone"):
    """pk `gone#<account>#<list>#<block>`, sk the padded id: whose a deleted contact was, for links in old mails.

    status_key `gone#<account>#<address>`, so that all of an address are found.
    """

    address = UnicodeAttribute()


class AllocatorItem(ContactsItem, discriminator="allocator"):
    """pk `list#<account>#<list>`, sk `allocator`: `free` ids are left below `end_id`.

    A `closed` one gives none any more and expires: the list is being deleted, or gone.
    """

    free = NumberAttribute()
    end_id = NumberAttribute()
    last_at = UnixSeconds()
    closed = BooleanAttribute(null=True)


class BlockItem(ContactsItem, discriminator="block"):
    """pk `list#<account>#<list>`, sk `block#<padded>`: the blocks of a list, in order."""

    block = NumberAttribute()


class CountersItem(ContactsItem, discriminator="counters"):
    """pk `list#<account>#<list>`, sk `counters#<shard>`: contacts by status; the sum over the shards counts."""

    active = NumberAttribute(null=True)
    pending = NumberAttribute(null=True)
    invalid = NumberAttribute(null=True)
    unsubscribed = NumberAttribute(null=True)
    flagged = NumberAttribute(null=True)
    deleted = NumberAttribute(null=True)


class UsageItem(ContactsItem, discriminator="usage"):
    """pk `list#<account>#<list>`, sk `usage#<bucket>`: contacts by interest, as attributes named `used:<interest id>`.

    A bucket holds many interests, so that one transaction can count any number of them.
    """


class MembersItem(ContactsItem, discriminator="members"):
    """pk `members#<account>#<list>#<group>`, sk `<padded block>#<quarter>`: who may be in a group.

    `places` are numbers of contacts within a quarter of a block, 0 to 255.
    """

    places = NumberSetAttribute(null=True)


class GroupCountItem(ContactsItem, discriminator="groupcount"):
    """pk `groups#<account>#<list>`, sk `<padded group>#<shard>`: how many members a group has; the sum counts.

    A group belongs to a list as soon as it has such an item there.
    """

    members = NumberAttribute()


class OnceItem(ContactsItem, discriminator="once"):
    """pk `list#<account>#<list>`, sk `once#<name>`: this was counted; it expires long after its queue forgot it.

    `outcome` is what its writer told, to be told again when it is repeated.
    """

    outcome = JSONAttribute()
