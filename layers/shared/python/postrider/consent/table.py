"""Define the items of sign-ups and of claimed confirmation requests in the jobs table."""

from pynamodb.attributes import JSONAttribute, NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute

from postrider.storage.jobs_table import JobItem


class SignUpItem(JobItem, discriminator="sign_up"):
    """A sign-up that waits for its confirmation: pk `signup#<account>#<list>#<contact>`, sk its id."""

    id = UnicodeAttribute()
    account_id = UnicodeAttribute()
    list_id = NumberAttribute()
    contact_id = NumberAttribute()
    attributes = JSONAttribute()
    interests = JSONAttribute()
    consent = JSONAttribute()
    created_at = UTCDateTimeAttribute()


class RequestClaimItem(JobItem, discriminator="confirmation_request"):
    """The request that mails the link to a contact for an import: pk `confirmation_request#<account>#<list>#<contact>`, sk
    `<import>#<consent number>`."""

    request_id = UnicodeAttribute()
