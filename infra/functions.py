"""A row per Lambda function: where its code is, what it may use and how big it is.

A row is all that a new function needs: its role, environment, routes, queue, alarms and archive follow from it.
Tables, queues and object prefixes are what the function may touch; a call beyond them is refused by AWS.
"""

from dataclasses import dataclass, field, fields, replace
from enum import StrEnum, auto
from typing import Any

from postrider.delivery.rules import CHUNKS_TOGETHER, FUNCTION_TIMEOUT_S, RECOUNTS_TOGETHER

API_TIMEOUT_S = 29
"""The HTTP API gives up after 30 s: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-quotas.html"""
MAIN, KASPLO, PAGES = "main", "kasplo", "pages"
CUSTOMERIO, CUSTOMERIO_TRACK = "customerio", "customerio-track"
"""What the routes of a function belong to: an API with a document of its own, or pages that people look at."""


class Can(StrEnum):
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
    """How long a batch is gathered."""
    delay_s: int = 0
    """How long the queue holds each message back."""
    concurrency: int = 2
    receives: int = 5
    """A message that failed this often goes to the dead-letter queue."""


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
    can: tuple[Can, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Function(Grants):
    folder: str
    """Below functions/, e.g. "api/audience"."""
    part: str = ""
    """Which handler of the folder: "audience" is handler_audience.py of a dialect. Empty: the only one, handler.py."""
    modules: dict[str, Grants] = field(default_factory=dict)
    """Route modules of an area, e.g. "routes_lists"; the function may touch what any of them may."""
    consumes: Consumer | None = None
    every_minutes: int | None = None
    dialect: str | None = None
    gateway_paths: tuple[str, ...] = ()
    """Paths of the gateway routes to a foreign dialect, for any method: "/audience/{proxy+}". Others follow from decorators."""
    answers_the_rest: bool = False
    """Gets the calls that no route fits."""
    files: tuple[str, ...] = ()
    """What its archive holds beside its folder."""
    memory_mb: int = 512
    timeout_s: int = 60

    @property
    def name(self) -> str:
        """As in "api-audience", "kasplo-audience", "send-campaign" (the name of its queue, too)."""
        kind, _, folder = self.folder.rpartition("/")
        return "-".join(filter(None, (kind if kind == "api" else "", folder, self.part))).replace("_", "-")

    @property
    def module(self) -> str:
        handler = f"handler_{self.part}" if self.part else "handler"
        return f"{self.package}.{handler}"

    @property
    def package(self) -> str:
        return f"functions.{self.folder.replace('/', '.')}"


def _area(name: str, **modules: Grants) -> Function:
    """Return the row of an area of the main API. `modules` are its route modules without "routes_"."""
    rows = {f"routes_{noun}": _with_base(grants) for noun, grants in modules.items()}
    return Function(
        folder=f"api/{name}",
        dialect=MAIN,
        timeout_s=API_TIMEOUT_S,
        memory_mb=1024,
        modules=rows,
        **_union(*rows.values()),
    )


def _with_base(grants: Grants) -> Grants:
    """Every module checks tokens (accounts), keeps first answers (jobs), and may cause events (outbox)."""
    base = Grants(
        reads=("accounts",),
        writes=("jobs", "outbox"),
        sends_to=("relay-events",),
        can=(Can.VERIFY_TOKENS, Can.DERIVE_KEYS),
    )
    return Grants(**_union(grants, base))


def _union(*rows: Grants) -> dict[str, Any]:
    """Return the fields of a row that allows what any of `rows` allows."""
    union: dict[str, Any] = {
        name: tuple(sorted({value for row in rows for value in getattr(row, name)}))
        for name in (entry.name for entry in fields(Grants))
    }
    return union | {"reads": tuple(name for name in union["reads"] if name not in union["writes"])}


def _customerio(part: str, *gateway_paths: str, grants: Grants, dialect: str = CUSTOMERIO) -> Function:
    """Return the row of a function of Customer.io's APIs: every one keeps first answers, counts and may cause events.

    Some programs call paths of the App API below /v1/api, as in an older edition.
    """
    rest = "/v1/{proxy+}"  # has the old paths of its function, too
    old = [f"/v1/api/{path.removeprefix('/v1/')}" for path in gateway_paths if path.startswith("/v1/") and path != rest]
    base = Grants(
        reads=("accounts",), writes=("jobs", "limits", "outbox"), sends_to=("relay-events",), can=(Can.DERIVE_KEYS,)
    )
    return Function(
        folder="compat/customerio",
        part=part,
        dialect=dialect,
        gateway_paths=(*gateway_paths, *old),
        timeout_s=API_TIMEOUT_S,
        memory_mb=1024,
        **_union(grants, base),
    )


CAMPAIGNS = Grants(
    reads=("events", "contacts", "ledger", "suppressions"),
    writes=("accounts", "campaigns", "limits"),
    sends_to=("start-campaign",),
    gets=("audiences/", "content/", "templates/"),
    puts=("content/",),
    can=(Can.READ_SENDING_LIMITS, Can.SEND_MAIL, Can.SET_ALARMS),
)
EMAILS = Grants(
    reads=("campaigns", "contacts", "ledger", "suppressions"),
    writes=("accounts", "events"),
    sends_to=("send-email",),
    gets=("emails/", "templates/"),
    puts=("emails/",),
    can=(Can.SET_ALARMS,),
)
PEOPLE = Grants(writes=("contacts", "events"), gets=("imports/",))
PUSHES = Grants(writes=("ledger", "records"), sends_to=("send-email",))
"""Of calls that make the person whom they name, also when an import is about to write them."""
SNIPPETS = Grants(reads=("campaigns", "workflows"), writes=("accounts",), gets=("content/",))
CONTACTS = Grants(
    reads=("campaigns", "ledger"),
    writes=("events", "accounts", "contacts", "records", "suppressions"),
    inserts=("contacts",),
    sends_to=("ask-subscribers", "import-contacts", "run-tasks"),
    gets=("exports/", "imports/"),
    puts=("exports/", "imports/"),
    can=(Can.SEND_MAIL,),
)
SENDS = replace(
    CAMPAIGNS, writes=(*CAMPAIGNS.writes, "jobs"), sends_to=("run-tasks", "start-campaign"), puts=("audiences/",)
)
NEWSLETTERS = replace(CAMPAIGNS, puts=("audiences/", "content/"))
MESSAGES = Grants(reads=("workflows",), gets=("actions/", "emails/"))
USERS = Grants(writes=("accounts", "limits"), sends_to=("mail-links",), gets=("templates/",), can=(Can.SEND_MAIL,))
WEBHOOKS = Grants(writes=("accounts",), inserts=("outbox",), sends_to=("call-webhooks",))
LOGS = Grants(reads=("events", "campaigns", "contacts", "ledger"), sends_to=("run-tasks",), gets=("exports/",))

FUNCTIONS: tuple[Function, ...] = (
    # The main API
    _area(
        "accounts",
        audit=Grants(),
        accounts=Grants(writes=("accounts",), can=(Can.MANAGE_IDENTITIES,)),
        credentials=Grants(writes=("accounts",)),
        senders=Grants(
            reads=("campaigns", "workflows"),
            writes=("accounts", "limits"),
            gets=("templates/",),
            can=(Can.SEND_MAIL,),
        ),
        dkim=Grants(writes=("accounts",), can=(Can.MANAGE_IDENTITIES,)),
        domains=Grants(writes=("accounts",), can=(Can.MANAGE_IDENTITIES,)),
        oauth_clients=Grants(writes=("accounts",)),
        sub_accounts=USERS,
        system_mails=Grants(writes=("accounts",), gets=("templates/",)),
        users=USERS,
        webhook_deliveries=WEBHOOKS,
        webhooks=WEBHOOKS,
    ),
    _area(
        "audience",
        attributes=Grants(writes=("accounts",)),
        contact_tags=CONTACTS,
        contacts=CONTACTS,
        exports=CONTACTS,
        forms=Grants(writes=("accounts",)),
        history=Grants(reads=("campaigns", "contacts", "events", "ledger", "workflows")),
        imports=CONTACTS,
        interests=Grants(reads=("contacts",), writes=("accounts",)),
        lists=Grants(
            reads=("campaigns", "workflows"), writes=("contacts", "accounts"), sends_to=("call-webhooks", "run-tasks")
        ),
        people=Grants(
            writes=("events", "contacts", "ledger", "records", "suppressions"),
            sends_to=("run-tasks",),
            puts=("emails/", "exports/", "imports/"),
        ),
        segments=Grants(reads=("events", "campaigns", "contacts", "ledger", "workflows"), writes=("accounts",)),
        suppressions=Grants(writes=("suppressions", "contacts")),
        suppression_imports=Grants(sends_to=("run-tasks",), gets=("imports/",), puts=("imports/",)),
        tags=Grants(writes=("accounts",)),
    ),
    _area(
        "campaigns",
        blueprints=Grants(),
        campaigns=CAMPAIGNS,
        lifecycle=CAMPAIGNS,
        checks=CAMPAIGNS,
        sends=SENDS,
        progress=Grants(reads=("campaigns", "ledger"), writes=("limits",), can=(Can.READ_SENDING_LIMITS,)),
        templates=Grants(writes=("accounts",), gets=("templates/",), puts=("templates/",)),
        variants=Grants(reads=("campaigns",), gets=("content/",)),
    ),
    _area(
        "emails",
        emails=EMAILS,
    ),
    _area(
        "insights",
        log_exports=LOGS,
        action_logs=replace(LOGS, reads=(*LOGS.reads, "workflows")),
        action_reports=Grants(reads=("events", "contacts", "ledger", "workflows")),
        logs=LOGS,
        reports=Grants(reads=("events", "campaigns", "contacts", "ledger")),
        series=Grants(reads=("events", "campaigns", "contacts", "ledger")),
        tasks=Grants(gets=("exports/", "imports/"), puts=("exports/", "imports/")),
    ),
    _area(
        "workflows",
        actions=Grants(
            reads=("contacts", "events", "campaigns", "ledger", "suppressions"),
            writes=("accounts", "workflows"),
            gets=("actions/", "templates/"),
            puts=("actions/",),
            can=(Can.SEND_MAIL,),
        ),
        activation=Grants(
            reads=("events", "campaigns", "contacts", "ledger", "suppressions"),
            writes=("accounts", "workflows"),
            gets=("actions/",),
            can=(Can.RUN_CLOCKS,),
        ),
        blueprints=Grants(),
        journeys=Grants(
            reads=("contacts", "suppressions"),
            writes=("accounts", "contacts", "events", "records", "workflows"),
            inserts=("contacts",),
            sends_to=("run-journeys", "run-tasks"),
            gets=("imports/",),
            puts=("imports/",),
        ),
        workflows=Grants(
            reads=("contacts",), writes=("accounts", "workflows"), sends_to=("run-tasks",), puts=("actions/",)
        ),
    ),
    _area("tokens", tokens=Grants(writes=("accounts", "limits"), can=(Can.SIGN_TOKENS,))),
    # Other dialects
    Function(
        folder="compat/kasplo",
        part="audience",
        dialect=KASPLO,
        gateway_paths=("/audience/{proxy+}",),
        timeout_s=API_TIMEOUT_S,
        memory_mb=1024,
        reads=("suppressions",),
        writes=("accounts", "contacts", "jobs", "outbox"),
        inserts=("contacts",),
        sends_to=("import-contacts", "relay-events"),
        puts=("imports/",),
        can=(Can.DERIVE_KEYS,),
    ),
    _customerio(
        "people",
        "/v1/customers",
        "/v1/customers/{proxy+}",
        "/v1/exports",
        "/v1/exports/{proxy+}",
        "/v1/imports",
        "/v1/imports/{proxy+}",
        "/v1/objects",
        "/v1/objects/{proxy+}",
        "/v1/object_types",
        "/v1/segments",
        "/v1/segments/{proxy+}",
        grants=Grants(
            reads=("campaigns", "events", "ledger", "records", "suppressions", "workflows"),
            writes=("accounts", "contacts"),
            sends_to=("run-tasks",),
            gets=("exports/",),
            puts=("exports/",),
        ),
    ),
    _customerio(
        "sends", "/v1/send/{proxy+}", "/v1/campaigns/{proxy+}", grants=Grants(**_union(SENDS, EMAILS, PEOPLE, PUSHES))
    ),
    _customerio("content", "/v1/{proxy+}", grants=Grants(**_union(NEWSLETTERS, MESSAGES, SNIPPETS, WEBHOOKS))),
    _customerio(
        "track",
        "/api/v1/{proxy+}",
        "/api/v2/{proxy+}",
        "/unsubscribe/{proxy+}",
        dialect=CUSTOMERIO_TRACK,
        grants=Grants(
            reads=("campaigns", "workflows"),
            writes=("accounts", "contacts", "events", "ledger", "records", "suppressions"),
            inserts=("events", "records"),
            sends_to=("run-tasks", "track-events"),
            gets=("content/", "emails/"),
        ),
    ),
    # What people look at
    Function(
        folder="tracking",
        dialect=PAGES,
        timeout_s=API_TIMEOUT_S,
        memory_mb=1024,
        reads=("accounts", "ledger"),
        writes=("events", "contacts", "suppressions", "outbox"),
        sends_to=("track-events", "relay-events"),
        can=(Can.DERIVE_KEYS,),
    ),
    Function(
        folder="pages",
        dialect=PAGES,
        timeout_s=API_TIMEOUT_S,
        memory_mb=1024,
        reads=("campaigns", "ledger", "workflows"),
        writes=("events", "contacts", "accounts", "jobs", "limits", "suppressions", "outbox"),
        sends_to=("ask-subscribers", "subscribe-contacts", "track-events", "relay-events"),
        gets=("actions/", "audiences/", "content/", "emails/", "templates/"),
        can=(Can.DERIVE_KEYS, Can.SEND_MAIL),
    ),
    Function(
        folder="oauth",
        dialect=PAGES,
        gateway_paths=("/oauth2/{proxy+}",),
        timeout_s=API_TIMEOUT_S,
        memory_mb=1024,
        writes=("accounts", "jobs", "limits"),
        can=(Can.DERIVE_KEYS,),
    ),
    Function(
        folder="api/reference",
        dialect=PAGES,
        timeout_s=API_TIMEOUT_S,
        answers_the_rest=True,
        files=(
            "docs/openapi.json",
            "docs/openapi/customerio.json",
            "docs/openapi/customerio-track.json",
            "docs/openapi/kasplo.json",
            "docs/reference/filters.md",
        ),
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
        folder="workers/call_webhooks",
        consumes=Consumer(batch=1),
        timeout_s=60,
        memory_mb=1024,  # it writes the contents of mails
        reads=("campaigns", "contacts", "events", "jobs", "ledger", "suppressions", "workflows"),
        writes=("accounts", "outbox"),
        sends_to=("call-webhooks",),
        gets=("actions/", "content/", "emails/"),
        can=(Can.DERIVE_KEYS, Can.SEND_MAIL),
    ),
    Function(
        folder="workers/import_contacts",
        consumes=Consumer(batch=1),
        timeout_s=120,
        memory_mb=1024,
        reads=("accounts", "suppressions"),
        writes=("events", "contacts", "jobs", "outbox", "records"),
        inserts=("contacts",),
        sends_to=("ask-subscribers", "relay-events", "run-tasks"),
        gets=("imports/",),
        puts=("imports/",),
        can=(Can.DERIVE_KEYS,),
    ),
    Function(
        folder="workers/mail_links",
        consumes=Consumer(batch=1),
        timeout_s=60,
        writes=("accounts", "limits"),
        gets=("templates/",),
        can=(Can.DERIVE_KEYS, Can.SEND_MAIL),
    ),
    Function(
        folder="workers/plan_campaign",
        consumes=Consumer(batch=RECOUNTS_TOGETHER),
        timeout_s=120,
        memory_mb=1024,
        reads=("contacts", "accounts", "suppressions"),
        writes=("events", "campaigns", "ledger", "workflows", "outbox"),
        inserts=("events", "ledger"),
        sends_to=("run-journeys", "send-campaign", "relay-events"),
        gets=("audiences/", "content/"),
        can=(Can.DERIVE_KEYS, Can.RUN_CLOCKS),
    ),
    Function(
        folder="workers/record_events",
        # the delay lets senders record and count their mails first, so that SES's event of a mail costs no write
        consumes=Consumer(batch=500, window_s=5, delay_s=45, concurrency=5),
        timeout_s=60,
        reads=("accounts", "campaigns"),
        writes=("events", "contacts", "ledger", "suppressions", "workflows", "outbox"),
        inserts=("events", "ledger"),
        sends_to=("run-journeys", "relay-events"),
        can=(Can.DERIVE_KEYS, Can.RUN_CLOCKS),
    ),
    Function(
        folder="workers/run_journeys",
        consumes=Consumer(batch=10),
        timeout_s=60,
        memory_mb=1024,
        reads=("campaigns", "contacts", "accounts", "suppressions"),
        writes=("events", "ledger", "workflows"),
        inserts=("workflows",),
        sends_to=("plan-campaign", "run-journeys"),
        can=(Can.DERIVE_KEYS, Can.RUN_CLOCKS),
    ),
    Function(
        folder="workers/relay_events",
        consumes=Consumer(batch=10),
        timeout_s=60,
        reads=("accounts", "workflows"),
        writes=("outbox",),
        inserts=("outbox",),
        sends_to=("call-webhooks", "run-journeys"),
    ),
    Function(
        folder="workers/run_tasks",
        consumes=Consumer(batch=1),
        timeout_s=300,
        memory_mb=1024,
        reads=("ledger",),
        writes=(
            *("events", "campaigns", "contacts", "accounts", "jobs", "limits", "outbox", "records", "suppressions"),
            "workflows",
        ),
        inserts=("contacts", "events", "records"),
        sends_to=("ask-subscribers", "run-journeys", "run-tasks", "start-campaign", "relay-events"),
        gets=("audiences/", "emails/", "exports/", "imports/"),
        puts=("audiences/", "exports/", "imports/"),
        can=(Can.DERIVE_KEYS,),
    ),
    Function(
        folder="workers/send_campaign",
        consumes=Consumer(batch=CHUNKS_TOGETHER),  # its concurrency follows from the rate of SES
        timeout_s=FUNCTION_TIMEOUT_S,
        memory_mb=1024,
        reads=("contacts", "accounts", "suppressions"),
        writes=("events", "campaigns", "ledger", "limits", "workflows", "outbox"),
        inserts=("events", "ledger"),
        sends_to=("run-journeys", "send-campaign", "relay-events"),
        gets=("actions/", "audiences/", "content/"),
        can=(Can.DERIVE_KEYS, Can.SEND_MAIL, Can.READ_SENDING_LIMITS, Can.RUN_CLOCKS),
    ),
    Function(
        folder="workers/send_email",
        consumes=Consumer(batch=5, concurrency=4),  # about 50 mails a second
        timeout_s=60,
        memory_mb=1024,
        reads=("accounts", "contacts", "records", "suppressions"),
        writes=("events", "ledger", "limits", "outbox"),
        sends_to=("send-email", "relay-events"),
        gets=("emails/",),
        puts=("emails/",),
        can=(Can.DERIVE_KEYS, Can.SEND_MAIL, Can.PUSH, Can.READ_SENDING_LIMITS),
    ),
    Function(
        folder="workers/start_campaign",
        consumes=Consumer(batch=1),
        timeout_s=120,
        reads=("contacts", "suppressions", "workflows"),
        writes=("events", "campaigns", "accounts", "ledger", "limits", "outbox"),
        sends_to=("plan-campaign", "relay-events"),
        gets=("audiences/", "content/"),
        can=(Can.DERIVE_KEYS, Can.READ_SENDING_LIMITS),
    ),
    Function(
        folder="workers/subscribe_contacts",
        consumes=Consumer(batch=10),
        timeout_s=60,
        reads=("suppressions",),
        writes=("events", "contacts", "accounts", "jobs", "outbox"),
        sends_to=("ask-subscribers", "relay-events"),
        can=(Can.DERIVE_KEYS,),
    ),
    Function(
        folder="workers/track_events",
        consumes=Consumer(batch=1000, window_s=10),
        timeout_s=60,
        reads=("accounts",),
        writes=("events", "ledger", "outbox"),
        sends_to=("relay-events",),
        can=(Can.DERIVE_KEYS,),
    ),
    # By the clock
    Function(
        folder="schedules/recount_campaigns",
        every_minutes=60,
        timeout_s=300,
        writes=("ledger",),
        sends_to=("plan-campaign",),
        can=(Can.DERIVE_KEYS,),
    ),
    Function(
        folder="schedules/sweep_campaigns",
        every_minutes=1,
        timeout_s=50,
        reads=("contacts", "accounts"),
        writes=("events", "campaigns", "ledger", "workflows", "outbox"),
        sends_to=("plan-campaign", "run-journeys", "start-campaign", "relay-events"),
        can=(Can.DERIVE_KEYS, Can.RUN_CLOCKS),
    ),
    # By executions of the state machine
    Function(
        folder="workflows/wake_clock",
        timeout_s=60,
        memory_mb=1024,
        reads=("accounts",),
        writes=("events", "ledger", "workflows"),
        sends_to=("plan-campaign",),
        can=(Can.DERIVE_KEYS, Can.RUN_CLOCKS),
    ),
    Function(
        folder="schedules/sweep_outbox",
        every_minutes=1,
        timeout_s=50,
        reads=("accounts",),
        writes=("outbox",),
        sends_to=("call-webhooks", "relay-events"),
    ),
    # By hand
    Function(folder="ops/create_owner", writes=("accounts",)),
    Function(
        folder="ops/take_up_copy",
        reads=("workflows",),
        writes=("accounts", "campaigns", "outbox"),
        sends_to=("relay-events",),
        gets=("content/",),
        timeout_s=300,
        can=(Can.DERIVE_KEYS,),
    ),
)

QUEUES: dict[str, Function] = {function.name: function for function in FUNCTIONS if function.consumes}
"""Every worker consumes the queue of its own name."""
MAIL_EVENT_WORKER, START_WORKER, SEND_WORKER = "record-events", "start-campaign", "send-campaign"
"""The workers of mail events, of starts of campaigns, and of sending."""
SCHEDULED_WORKERS = (START_WORKER, "send-email")
"""The workers of orders of one-off schedules."""
CLOCK_TASK = "wake-clock"
"""The function that executions of the state machine call when they wake up."""


def comes_back_to_itself(function: Function) -> bool:
    """Return whether messages of a worker can lead back to it, directly or through other workers."""
    seen: set[str] = set()
    ahead = list(function.sends_to)
    while ahead:
        name = ahead.pop()
        if name not in seen:
            seen.add(name)
            ahead += QUEUES[name].sends_to
    return function.name in seen
