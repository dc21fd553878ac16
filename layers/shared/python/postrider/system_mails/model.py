"""Define the designs of system mails of an account."""

from dataclasses import dataclass
from typing import Final

from postrider.content.system_mail_kinds import SystemMail

KINDS: Final = (
    SystemMail.ACCOUNT_CONFIRM,
    SystemMail.USER_CONFIRM,
    SystemMail.SENDER_CONFIRM,
    SystemMail.PASSWORD_RESET,
)
"""The mails that an account can design. The confirmation request belongs to lists."""


@dataclass(frozen=True, kw_only=True)
class SystemMailDesign:
    """The design of a mail in one language; without a template or a sender, the default of the deployment is used.

    `sender_name` is shown instead of the sender's own name.
    """

    language: str
    template_id: int | None = None
    sender_id: str | None = None
    sender_name: str | None = None


Designs = dict[SystemMail, list[SystemMailDesign]]
"""The designs of an account by kind; a kind without a design is missing."""


def fitting(designs: list[SystemMailDesign], locale: str) -> SystemMailDesign | None:
    """Return the design for this locale ("fr_CA"), or else for its language ("fr", "fr_FR"), or None."""
    for design in designs:
        if design.language == locale:
            return design
    language = locale.partition("_")[0]
    return next((design for design in designs if design.language.partition("_")[0] == language), None)
