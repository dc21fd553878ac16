"""Templates in the accounts table."""

from pynamodb.attributes import JSONAttribute, ListAttribute, NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute

from postrider.storage.accounts_table import AccountsTableItem


class TemplateItem(AccountsTableItem, discriminator="template"):
    id = NumberAttribute()
    account_id = UnicodeAttribute()
    name = UnicodeAttribute()
    content_id = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()
    updated_at = UTCDateTimeAttribute()
    tags = ListAttribute(of=UnicodeAttribute, default=list)
    trigger_name = UnicodeAttribute(null=True)
    snippets = JSONAttribute(null=True)


class TriggerNameItem(AccountsTableItem, discriminator="trigger_name"):
    """The template that has a trigger name; its key holds the name in lower case."""

    template_id = NumberAttribute()
