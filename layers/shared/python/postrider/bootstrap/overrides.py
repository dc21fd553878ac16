"""Replace services: fakes in tests, cheap settings in benchmarks."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from postrider.kit.clock import Clock

if TYPE_CHECKING:
    from argon2 import PasswordHasher

    from postrider.ports.caller import WebCaller
    from postrider.ports.dns import DnsResolver
    from postrider.ports.fetcher import Fetcher
    from postrider.ports.identities import MailIdentities
    from postrider.ports.mailer import Mailer
    from postrider.ports.object_store import ObjectStore
    from postrider.ports.pusher import Pusher
    from postrider.ports.queue import Queue
    from postrider.ports.scheduler import Scheduler
    from postrider.ports.workflow_runner import WorkflowRunner


@dataclass(frozen=True, kw_only=True)
class Overrides:
    """Replacements of services; None means the service that a deployment builds."""

    clock: Clock | None = None
    objects: ObjectStore | None = None
    queue: Queue | None = None
    scheduler: Scheduler | None = None
    workflow_runner: WorkflowRunner | None = None
    mailer: Mailer | None = None
    pusher: Pusher | None = None
    fetcher: Fetcher | None = None
    web_caller: WebCaller | None = None
    dns: DnsResolver | None = None
    identities: MailIdentities | None = None
    sleep: Callable[[float], None] | None = None
    sending_threads: int | None = None
    password_hasher: PasswordHasher | None = None
    account_calls_per_s: int | None = None
    token_calls_per_s: int | None = None
    has_dialect_limits: bool = False


_current = Overrides()


def overrides() -> Overrides:
    return _current


def use(replacements: Overrides) -> None:
    """Build all services again with these replacements. `use(Overrides())` restores the services of a deployment."""
    global _current
    _current = replacements
    reset()


def reset() -> None:
    """Discard all built services, as in a new process; overrides are kept."""
    for name, module in list(sys.modules.items()):
        if name.startswith(f"{__package__}."):
            for part in vars(module).values():
                if hasattr(part, "cache_clear"):
                    part.cache_clear()
