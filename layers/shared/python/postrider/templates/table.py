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
    """The template with a trigger name, which is in the key in lower case."""

    template_id = NumberAttribute()
