"""The one place that builds services from repositories and adapters: `bootstrap.contacts()` returns the contact service.

Each part is built at its first use, and its modules are imported then: a function pays at its cold start for what it
uses, not for the whole platform. The areas are imported in the same way, when a part of theirs is used.
"""

# ruff: noqa: F403
from importlib import import_module
from typing import TYPE_CHECKING, Any

from postrider.bootstrap.overrides import Overrides as Overrides
from postrider.bootstrap.overrides import overrides as overrides
from postrider.bootstrap.overrides import reset as reset
from postrider.bootstrap.overrides import use as use

if TYPE_CHECKING:
    from postrider.bootstrap.access import *
    from postrider.bootstrap.action_sending import *
    from postrider.bootstrap.audience import *
    from postrider.bootstrap.automation import *
    from postrider.bootstrap.background import *
    from postrider.bootstrap.consent import *
    from postrider.bootstrap.deployment import *
    from postrider.bootstrap.emails import *
    from postrider.bootstrap.insights import *
    from postrider.bootstrap.journey_steps import *
    from postrider.bootstrap.mail_events import *
    from postrider.bootstrap.notifications import *
    from postrider.bootstrap.records import *
    from postrider.bootstrap.sender_domains import *
    from postrider.bootstrap.sending import *
    from postrider.bootstrap.system_mailing import *

AREAS = (
    *("deployment", "access", "sender_domains", "system_mailing", "mail_events", "audience", "background", "records"),
    *("action_sending", "sending", "emails", "automation", "insights", "consent", "journey_steps", "notifications"),
)
"""In order of use: an area uses parts of the areas before it. None may have the name of a part."""


def __getattr__(name: str) -> Any:
    for area in AREAS:
        module = import_module(f"{__name__}.{area}")
        if hasattr(module, name):
            return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
