"""DKIM keys and claims of domains in the accounts table."""

from pynamodb.attributes import ListAttribute, NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute

from postrider.storage.accounts_table import AccountsTableItem


class DkimKeyItem(AccountsTableItem, discriminator="dkim_key"):
    id = NumberAttribute()
    account_id = UnicodeAttribute()
    domain = UnicodeAttribute()
    selector = UnicodeAttribute()
    signing = UnicodeAttribute()
    status = UnicodeAttribute()
    created_at = UTCDateTimeAttribute()
    public_key = UnicodeAttribute(default="")
    encrypted_key = UnicodeAttribute(null=True)
    tokens = ListAttribute(of=UnicodeAttribute, default=list)
    verified_at = UTCDateTimeAttribute(null=True)


class DomainClaimItem(AccountsTableItem, discriminator="domain_claim"):
    """The claim of a domain, with the domain as its key: one account at a time can claim it."""

    domain = UnicodeAttribute()
    account_id = UnicodeAttribute()
    key_id = NumberAttribute()
    proof_name = UnicodeAttribute()
    proof_type = UnicodeAttribute()
    proof_value = UnicodeAttribute()
    claimed_at = UTCDateTimeAttribute()
    verified_at = UTCDateTimeAttribute(null=True)
