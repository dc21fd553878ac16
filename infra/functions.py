"""A row per Lambda function: where its code is, what it may use and how big it is.

A row is all that a new function needs: its role, environment, routes, queue, alarms and archive follow from it.
Tables, queues and object prefixes are what the function may touch; a call beyond them is refused by AWS.
"""

from dataclasses import dataclass
from enum import StrEnum, auto
from typing import Any

from postrider.delivery.rules import CHUNKS_TOGETHER, FUNCTION_TIMEOUT_S

API_TIMEOUT_S = 29
"""The HTTP API gives up after 30 s: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"""
MAIN, PAGES = "main", "pages"
"""What the routes of a group belong to: the main API with its document, or what people look at with a browser."""


class Can(StrEnum):
    """What a function may do beside tables, queues and objects."""

    VERIFY_TOKENS = auto()
    SIGN_TOKENS = auto()
    DERIVE_KEYS = auto()
    SEND_MAIL = auto()
    READ_SENDING_LIMITS = auto()
    SET_ALARMS = auto()


@dataclass(frozen=True, kw_only=True)
class Consumer:
    """How a worker reads the queue of its own name. `concurrency` is a guard, not the rate of sending."""

    batch: int
    window_s: int = 0
    concurrency: int = 10
    receives: int = 5
    """A message that failed this often goes to the dead-letter queue."""


@dataclass(frozen=True, kw_only=True)
class Function:
    folder: str
    """Below functions/, e.g. "api/lists"."""
    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()
    """Tables; writing includes reading."""
    inserts: tuple[str, ...] = ()
    """Tables that it also writes with batches of PartiQL statements."""
    sends_to: tuple[str, ...] = ()
    gets: tuple[str, ...] = ()
    puts: tuple[str, ...] = ()
    """Prefixes of objects; putting includes deleting."""
    can: tuple[Can, ...] = ()
    consumes: Consumer | None = None
    every_minutes: int | None = None
    dialect: str | None = None
    answers_the_rest: bool = False
    """Gets the calls that no route fits."""
    files: tuple[str, ...] = ()
    """What its archive holds beside its folder."""
    memory_mb: int = 512
    timeout_s: int = 60

    @property
    def name(self) -> str:
        """As in "api-lists", "send-campaign" (the name of its queue, too)."""
        kind, _, folder = self.folder.partition("/")
        return (f"{kind}-{folder}" if kind == "api" else folder).replace("_", "-")

    @property
    def module(self) -> str:
        return f"functions.{self.folder.replace('/', '.')}.handler"


def _api(group: str, **row: Any) -> Function:
    """A group of the main API: every one of them checks tokens (accounts) and keeps first answers (jobs)."""
    reads = {"accounts", *row.pop("reads", ())}
    writes = {"jobs", *row.pop("writes", ())}
    return Function(
        folder=f"api/{group}",
        dialect=MAIN,
        timeout_s=API_TIMEOUT_S,
        memory_mb=1024,
        reads=tuple(sorted(reads - writes)),
        writes=tuple(sorted(writes)),
        can=(Can.VERIFY_TOKENS, Can.DERIVE_KEYS, *row.pop("can", ())),
        **row,
    )


FUNCTIONS: tuple[Function, ...] = (
    # The main API
    _api("accounts", writes=("accounts",)),
    _api("attributes", writes=("accounts",)),
    _api(
        "campaigns",
        reads=("events", "contacts", "ledger", "suppressions"),
        writes=("accounts", "campaigns"),
        sends_to=("start-campaign",),
        gets=("content/",),
        puts=("content/",),
        can=(Can.SEND_MAIL, Can.SET_ALARMS),
    ),
    _api(
        "contacts",
        reads=("campaigns", "ledger"),
        writes=("events", "accounts", "contacts", "suppressions"),
        inserts=("contacts",),
        sends_to=("ask-subscribers", "import-contacts", "run-tasks"),
        gets=("exports/", "imports/"),
        puts=("exports/", "imports/"),
        can=(Can.SEND_MAIL,),
    ),
    _api("forms", writes=("accounts",)),
    _api("interests", reads=("contacts",), writes=("accounts",)),
    _api("lists", reads=("campaigns",), writes=("contacts", "accounts"), sends_to=("run-tasks",)),
    _api("logs", reads=("events", "campaigns", "contacts", "ledger"), sends_to=("run-tasks",), gets=("exports/",)),
    _api(
        "people",
        reads=("ledger",),
        writes=("events", "contacts", "suppressions"),
        puts=("exports/", "imports/"),
    ),
    _api("reports", reads=("events", "campaigns", "contacts", "ledger")),
    _api("segments", reads=("events", "campaigns", "contacts", "ledger"), writes=("accounts",)),
    _api("senders", reads=("campaigns",), writes=("accounts", "limits"), can=(Can.SEND_MAIL,)),
    _api("suppressions", writes=("suppressions", "contacts")),
    _api("tags", writes=("accounts",)),
    _api("tasks", gets=("exports/",), puts=("exports/",)),
    _api("tokens", writes=("accounts", "limits"), can=(Can.SIGN_TOKENS,)),
    _api("users", writes=("accounts",)),
    # What people look at
    Function(
        folder="api/public",
        dialect=PAGES,
        timeout_s=API_TIMEOUT_S,
        memory_mb=1024,
        reads=("campaigns", "ledger"),
        writes=("events", "contacts", "accounts", "limits", "suppressions"),
        sends_to=("ask-subscribers", "subscribe-contacts", "track-events"),
        gets=("content/",),
        can=(Can.DERIVE_KEYS,),
    ),
    Function(
        folder="api/reference",
        dialect=PAGES,
        timeout_s=API_TIMEOUT_S,
        answers_the_rest=True,
        files=("docs/openapi.json",),
    ),
    # Workers
    Function(
        folder="workers/ask_subscribers",
        consumes=Consumer(batch=1),
        timeout_s=60,
        reads=("contacts", "accounts", "suppressions"),
        writes=("limits",),
        can=(Can.DERIVE_KEYS, Can.SEND_MAIL, Can.READ_SENDING_LIMITS),
    ),
    Function(
        folder="workers/import_contacts",
        consumes=Consumer(batch=1),
        timeout_s=120,
        memory_mb=1024,
        reads=("accounts", "suppressions"),
        writes=("events", "contacts"),
        inserts=("contacts",),
        sends_to=("ask-subscribers",),
        gets=("imports/",),
        puts=("imports/",),
        can=(Can.DERIVE_KEYS,),
    ),
    Function(
        folder="workers/plan_campaign",
        consumes=Consumer(batch=1),
        timeout_s=120,
        memory_mb=1024,
        reads=("contacts", "accounts", "suppressions"),
        writes=("events", "campaigns", "ledger"),
        inserts=("ledger",),
        sends_to=("send-campaign",),
        gets=("content/",),
        can=(Can.DERIVE_KEYS,),
    ),
    Function(
        folder="workers/record_events",
        consumes=Consumer(batch=100, window_s=1),
        timeout_s=60,
        reads=("accounts", "campaigns"),
        writes=("events", "contacts", "ledger", "suppressions"),
        inserts=("ledger",),
        can=(Can.DERIVE_KEYS,),
    ),
    Function(
        folder="workers/run_tasks",
        consumes=Consumer(batch=1),
        timeout_s=300,
        memory_mb=1024,
        reads=("suppressions", "ledger", "campaigns"),
        writes=("events", "contacts", "accounts", "jobs"),
        inserts=("contacts",),
        sends_to=("ask-subscribers", "run-tasks"),
        gets=("exports/", "imports/"),
        puts=("exports/", "imports/"),
        can=(Can.DERIVE_KEYS,),
    ),
    Function(
        folder="workers/send_campaign",
        consumes=Consumer(batch=CHUNKS_TOGETHER, concurrency=50),
        timeout_s=FUNCTION_TIMEOUT_S,
        memory_mb=1024,
        reads=("contacts", "accounts", "suppressions"),
        writes=("events", "campaigns", "ledger", "limits"),
        inserts=("ledger",),
        sends_to=("send-campaign",),
        gets=("content/",),
        can=(Can.DERIVE_KEYS, Can.SEND_MAIL, Can.READ_SENDING_LIMITS),
    ),
    Function(
        folder="workers/start_campaign",
        consumes=Consumer(batch=1),
        timeout_s=120,
        reads=("contacts", "suppressions"),
        writes=("events", "campaigns", "accounts", "ledger"),
        sends_to=("plan-campaign",),
        gets=("content/",),
        can=(Can.DERIVE_KEYS,),
    ),
    Function(
        folder="workers/subscribe_contacts",
        consumes=Consumer(batch=10),
        timeout_s=60,
        reads=("suppressions",),
        writes=("events", "contacts", "accounts"),
        sends_to=("ask-subscribers",),
        can=(Can.DERIVE_KEYS,),
    ),
    Function(
        folder="workers/track_events",
        consumes=Consumer(batch=100, window_s=1),
        timeout_s=60,
        writes=("events", "ledger"),
        can=(Can.DERIVE_KEYS,),
    ),
    # By the clock
    Function(
        folder="schedules/reconcile_campaigns",
        every_minutes=60,
        timeout_s=300,
        reads=("accounts",),
        writes=("campaigns", "ledger"),
        can=(Can.DERIVE_KEYS,),
    ),
    Function(
        folder="schedules/sweep_campaigns",
        every_minutes=1,
        timeout_s=50,
        reads=("contacts", "accounts"),
        writes=("events", "campaigns", "ledger"),
        sends_to=("plan-campaign", "start-campaign"),
        can=(Can.DERIVE_KEYS,),
    ),
    # By hand
    Function(folder="ops/create_owner", writes=("accounts",)),
)

QUEUES: dict[str, Function] = {function.name: function for function in FUNCTIONS if function.consumes}
"""Every worker consumes the queue of its own name."""
MAIL_EVENT_WORKER, START_WORKER = "record-events", "start-campaign"
"""Who takes what SES tells, and what one-off schedules order."""


def comes_back_to_itself(function: Function) -> bool:
    """Whether its messages can lead to itself again, by way of other workers perhaps."""
    seen: set[str] = set()
    ahead = list(function.sends_to)
    while ahead:
        name = ahead.pop()
        if name not in seen:
            seen.add(name)
            ahead += QUEUES[name].sends_to
    return function.name in seen
