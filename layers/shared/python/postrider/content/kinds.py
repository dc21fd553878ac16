"""Which mails the platform writes in its own name; apart from their words, which need the template engine."""

from enum import StrEnum


class SystemMail(StrEnum):
    """The contract's four kinds, and the question to a new subscriber."""

    ACCOUNT_CONFIRM = "account_confirm"
    USER_CONFIRM = "user_confirm"
    SENDER_CONFIRM = "sender_confirm"
    PASSWORD_RESET = "password_reset"  # noqa: S105 (the name of a mail)
    SUBSCRIPTION_CONFIRM = "subscription_confirm"
