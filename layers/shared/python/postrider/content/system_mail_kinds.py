"""Name the system mails, in a module that does not import the template engine."""

from enum import StrEnum


class SystemMail(StrEnum):
    """The four kinds of the API, the confirmation request to a new subscriber, and the notice of an archived webhook."""

    ACCOUNT_CONFIRM = "account_confirm"
    USER_CONFIRM = "user_confirm"
    SENDER_CONFIRM = "sender_confirm"
    PASSWORD_RESET = "password_reset"  # noqa: S105 (the name of a mail)
    SUBSCRIPTION_CONFIRM = "subscription_confirm"
    WEBHOOK_ARCHIVED = "webhook_archived"
