"""Build services from repositories and adapters: `bootstrap.contacts()` returns the contact service.

Each service is built, and its modules are imported, at its first use, so that the cold start of a function only includes
the services that it uses. The modules of this package are imported in the same way.
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

MODULES = (
    *("deployment", "access", "sender_domains", "system_mailing", "mail_events", "audience", "background", "records"),
    *("action_sending", "sending", "emails", "automation", "insights", "consent", "journey_steps", "notifications"),
)
"""The modules in order of use: each uses only earlier ones. No module may have the name of a service."""


def __getattr__(name: str) -> Any:
    for area in MODULES:
        module = import_module(f"{__name__}.{area}")
        if hasattr(module, name):
            return getattr(module, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
