"""Types of objects in the accounts table; objects and relations in the records table."""

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute

from postrider.storage.accounts_table import AccountsTableItem
from postrider.storage.dynamo import UnixSeconds
from postrider.storage.records_table import RecordsTableItem


class ObjectTypeItem(AccountsTableItem, discriminator="object_type"):
    """A type: sk `object_type#<padded id>`."""

    id = NumberAttribute()
    account_id = UnicodeAttribute()
    name = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()


class ObjectItem(RecordsTableItem, discriminator="object"):
    """An object: pk `object#<account>#<type>#<bucket>`, sk its id. `set_at` has Unix seconds by attribute."""

    number = NumberAttribute()
    created_at = UnixSeconds()
    attributes = JSONAttribute(null=True)
    set_at = JSONAttribute(null=True)
    version = NumberAttribute()


class ObjectNumberItem(RecordsTableItem, discriminator="object_number"):
    """The object with a number: pk `object_number#<account>#<bucket>`, sk the padded number. It is written before the object."""

    type_id = NumberAttribute()
    object_id = UnicodeAttribute()


class RelationItem(RecordsTableItem, discriminator="relation"):
    """A relation: pk `of_contact#<account>#<contact>`, sk `<padded type>#<object id>`."""

    attributes = JSONAttribute(null=True)
    version = NumberAttribute()


class RelatedItem(RecordsTableItem, discriminator="related"):
    """The same relation from the other side: pk `of_object#<account>#<type>#<object id>`, sk the padded contact id."""
