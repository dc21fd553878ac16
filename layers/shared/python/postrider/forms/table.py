"""Define the items of forms in the accounts table."""

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute

from postrider.storage.accounts_table import AccountsTableItem


class FormItem(AccountsTableItem, discriminator="form"):
    id = UnicodeAttribute()
    account_id = UnicodeAttribute()
    list_id = NumberAttribute()
    name = UnicodeAttribute()
    language = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()
    updated_at = UTCDateTimeAttribute()
    content = JSONAttribute()
    redirections = JSONAttribute()
    double_opt_in = BooleanAttribute()
    status = UnicodeAttribute()


class FormAddressItem(AccountsTableItem, discriminator="form_address"):
    """The owner of a form, by the id in its public URL. Written and deleted together with the form."""

    account_id = UnicodeAttribute()
