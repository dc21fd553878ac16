"""Forms in the directory table."""

from pynamodb.attributes import BooleanAttribute, JSONAttribute, NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute

from postrider.directory import DirectoryItem


class FormItem(DirectoryItem, discriminator="form"):
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


class FormAddressItem(DirectoryItem, discriminator="form_address"):
    """Whose form it is, by the id in its public address; written and deleted with the form."""

    account_id = UnicodeAttribute()
