"""Define the rows of `infra/functions.py`, one for each Lambda function, and common parts of rows."""

from dataclasses import dataclass, field, fields, replace
from enum import StrEnum, auto
from typing import Any

API_TIMEOUT_S = 29
"""The HTTP API gives up after 30 s: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"""
MAIN, KASPLO, DOCS, PAGES = "main", "kasplo", "docs", "pages"
CUSTOMERIO, CUSTOMERIO_TRACK = "customerio", "customerio-track"
"""The API of the routes of a function, with its own document, or the pages for people."""


class Permission(StrEnum):
    """Permissions of functions beside tables, queues and objects."""

    VERIFY_TOKENS = auto()
    SIGN_TOKENS = auto()
    DERIVE_KEYS = auto()
    SEND_MAIL = auto()
    PUSH = auto()
    READ_SENDING_LIMITS = auto()
    SET_ALARMS = auto()
    RUN_CLOCKS = auto()
    MANAGE_IDENTITIES = auto()


@dataclass(frozen=True, kw_only=True)
class Consumer:
    """The settings with which a worker reads its queue. `concurrency` is a safeguard, not the rate of sending.

    It also limits how many pollers ask an empty queue, three times a minute each: two, but for the busiest queues.
    """

    batch: int
    window_s: int = 0
    """Time in which a batch is collected."""
    delay_s: int = 0
    """Delay of each message in the queue."""
    concurrency: int = 2
    mails_per_s: float | None = None
    """The rate of SES that one function can process; the concurrency of the worker depends on it."""
    receives: int = 5
    """Number of failures after which a message is moved to the dead-letter queue."""


@dataclass(frozen=True, kw_only=True)
class Grants:
    """The resources that a function, or one of its route modules, can access."""

    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    """Tables; writing includes reading."""
    inserts: tuple[str, ...] = ()
    """Tables that it also writes with batches of PartiQL statements."""
    sends_to: tuple[str, ...] = ()
    gets: tuple[str, ...] = ()
    puts: tuple[str, ...] = ()
    """Prefixes of objects; putting includes deleting."""
    can: tuple[Permission, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Function(Grants):
    folder: str
    """Below functions/, e.g. "api/audience"."""
    part: str = ""
    """The handler in the folder: "audience" is handler_audience.py of a dialect. Empty: the only one, handler.py."""
    modules: dict[str, Grants] = field(default_factory=dict)
    """Route modules of an area, e.g. "routes_lists"; the function has the permissions of all of them."""
    consumes: Consumer | None = None
    every_minutes: int | None = None
    dialect: str | None = None
    gateway_paths: tuple[str, ...] = ()
    """Paths of the gateway routes to a foreign dialect, for any method: "/audience/{proxy+}". Others follow from decorators."""
    answers_the_rest: bool = False
    """Whether it serves calls without a matching route."""
    files: tuple[str, ...] = ()
    """Other files of its archive, beside its folder."""
    memory_mb: int = 512
    timeout_s: int = 60

    @property
    def name(self) -> str:
        """As in "api-audience", "kasplo-audience", "send-chunks" (the name of its queue, too)."""
        kind, _, folder = self.folder.rpartition("/")
        return "-".join(filter(None, (kind if kind == "api" else "", folder, self.part))).replace("_", "-")

    @property
    def module(self) -> str:
        handler = f"handler_{self.part}" if self.part else "handler"
        return f"{self.package}.{handler}"

    @property
    def package(self) -> str:
        return f"functions.{self.folder.replace('/', '.')}"


def area(folder: str, modules: dict[str, Grants], *, base: Grants, **others: Any) -> Function:
    """Return the row of an area. `modules` are its route modules without "routes_", which have the permissions of `base` too."""
    rows = {f"routes_{noun}": Grants(**union(grants, base)) for noun, grants in modules.items()}
    return Function(
        folder=folder, modules=rows, timeout_s=API_TIMEOUT_S, memory_mb=1024, **others, **union(*rows.values())
    )


def union(*rows: Grants) -> dict[str, Any]:
    """Return the fields of a row with the permissions of all `rows`."""
    union: dict[str, Any] = {
        name: tuple(sorted({value for row in rows for value in getattr(row, name)}))
        for name in (entry.name for entry in fields(Grants))
    }
    return union | {"reads": tuple(name for name in union["reads"] if name not in union["writes"])}


IMPORTED = Grants(
    reads=("suppressions",),
    writes=("contacts", "events", "jobs", "outbox"),
    inserts=("contacts",),
    sends_to=("mail-links", "relay-domain-events"),
    gets=("imports/",),
    puts=("imports/",),
)
"""Permissions for writing the contacts of an import by one call."""


def with_pending_contacts(grants: Grants) -> Grants:
    """Return `grants` for calls about a person whose contact an import may not have written yet."""
    return Grants(**union(grants, IMPORTED))


CAMPAIGNS = Grants(
    reads=("events", "contacts", "ledger", "suppressions"),
    writes=("accounts", "campaigns", "limits"),
    sends_to=("plan-runs",),
    gets=("audiences/", "content/", "templates/"),
    puts=("content/",),
    can=(Permission.READ_SENDING_LIMITS, Permission.SEND_MAIL, Permission.SET_ALARMS),
)
EMAILS = Grants(
    reads=("campaigns", "contacts", "ledger", "suppressions"),
    writes=("accounts", "events", "limits"),
    sends_to=("send-transactional",),
    gets=("emails/", "templates/"),
    puts=("emails/",),
    can=(Permission.SET_ALARMS,),
)
CHILDREN = replace(
    CAMPAIGNS, writes=(*CAMPAIGNS.writes, "jobs"), sends_to=("run-tasks", "plan-runs"), puts=("audiences/",)
)
WEBHOOKS = Grants(writes=("accounts",), inserts=("outbox",), sends_to=("call-webhooks",))
