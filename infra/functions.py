"""A row per Lambda function: its code, permissions and size.

A new function needs only a row: its role, environment, routes, queue, alarms and archive are derived from it. The function
can access the tables, queues and object prefixes of its row; AWS refuses all other calls.
"""

from dataclasses import replace

from infra.dialects import DIALECTS
from infra.rows import (
    API_TIMEOUT_S,
    CAMPAIGNS,
    CHILDREN,
    EMAILS,
    MAIN,
    PAGES,
    WEBHOOKS,
    Consumer,
    Function,
    Grants,
    Permission,
    area,
    with_pending_contacts,
)
from postrider.delivery.rules import CHUNKS_TOGETHER, FUNCTION_TIMEOUT_S, RECOUNTS_TOGETHER

BASE = Grants(
    reads=("accounts",),
    writes=("jobs", "outbox"),
    sends_to=("relay-domain-events",),
    can=(Permission.VERIFY_TOKENS, Permission.DERIVE_KEYS),
)
"""Every module checks tokens (accounts), keeps first answers (jobs), and may cause events (outbox)."""


def _area(name: str, **modules: Grants) -> Function:
    """Return the row of an area of the main API. `modules` are its route modules without "routes_"."""
    return area(f"api/{name}", modules, base=BASE, dialect=MAIN)


CONTACTS = Grants(
    reads=("campaigns", "ledger"),
    writes=("events", "accounts", "contacts", "records", "suppressions"),
    inserts=("contacts",),
    sends_to=("mail-links", "add-contacts", "run-tasks"),
    gets=("exports/", "imports/"),
    puts=("exports/", "imports/"),
    can=(Permission.SEND_MAIL,),
)
USERS = Grants(
    writes=("accounts", "limits"), sends_to=("mail-links",), gets=("templates/",), can=(Permission.SEND_MAIL,)
)
LOGS = Grants(reads=("events", "campaigns", "contacts", "ledger"), sends_to=("run-tasks",), gets=("exports/",))

FUNCTIONS: tuple[Function, ...] = (
    # The main API
    _area(
        "accounts",
        audit=Grants(),
        accounts=Grants(writes=("accounts",), can=(Permission.MANAGE_IDENTITIES,)),
        credentials=Grants(writes=("accounts",)),
        senders=Grants(
            reads=("campaigns", "workflows"),
            writes=("accounts", "limits"),
            gets=("templates/",),
            can=(Permission.SEND_MAIL,),
        ),
        dkim=Grants(writes=("accounts",), can=(Permission.MANAGE_IDENTITIES,)),
        domains=Grants(writes=("accounts",), can=(Permission.MANAGE_IDENTITIES,)),
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
        history=with_pending_contacts(Grants(reads=("campaigns", "ledger", "workflows"))),
        imports=CONTACTS,
        interests=Grants(reads=("contacts",), writes=("accounts",)),
        lists=Grants(
            reads=("campaigns", "workflows"), writes=("contacts", "accounts"), sends_to=("call-webhooks", "run-tasks")
        ),
        people=with_pending_contacts(
            Grants(writes=("ledger", "records", "suppressions"), sends_to=("run-tasks",), puts=("emails/", "exports/"))
        ),
        segments=Grants(reads=("events", "campaigns", "contacts", "ledger", "workflows"), writes=("accounts",)),
        suppressions=Grants(writes=("suppressions", "contacts")),
        suppression_imports=Grants(sends_to=("run-tasks",), gets=("imports/",), puts=("imports/",)),
        tags=Grants(writes=("accounts",)),
    ),
    _area(
        "campaigns",
        blueprints=Grants(),
        campaigns=with_pending_contacts(CAMPAIGNS),
        lifecycle=CAMPAIGNS,
        checks=CAMPAIGNS,
        children=with_pending_contacts(CHILDREN),
        progress=Grants(reads=("campaigns", "ledger"), writes=("limits",), can=(Permission.READ_SENDING_LIMITS,)),
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
        actions=with_pending_contacts(
            Grants(
                reads=("campaigns", "ledger"),
                writes=("accounts", "workflows"),
                gets=("actions/", "templates/"),
                puts=("actions/",),
                can=(Permission.SEND_MAIL,),
            )
        ),
        activation=Grants(
            reads=("events", "campaigns", "contacts", "ledger", "suppressions"),
            writes=("accounts", "limits", "workflows"),
            gets=("actions/",),
            can=(Permission.READ_SENDING_LIMITS, Permission.RUN_CLOCKS),
        ),
        blueprints=Grants(),
        journeys=with_pending_contacts(
            Grants(writes=("accounts", "records", "workflows"), sends_to=("plan-runs", "run-tasks"))
        ),
        workflows=Grants(
            reads=("contacts",), writes=("accounts", "workflows"), sends_to=("run-tasks",), puts=("actions/",)
        ),
    ),
    _area("tokens", tokens=Grants(writes=("accounts", "limits"), can=(Permission.SIGN_TOKENS,))),
    *DIALECTS,
    # What people look at
    Function(
        folder="tracking",
        dialect=PAGES,
        timeout_s=API_TIMEOUT_S,
        memory_mb=1024,
        reads=("accounts", "ledger"),
        writes=("events", "contacts", "suppressions", "outbox"),
        sends_to=("record-engagement", "relay-domain-events"),
        can=(Permission.DERIVE_KEYS,),
    ),
    Function(
        folder="pages",
        dialect=PAGES,
        timeout_s=API_TIMEOUT_S,
        memory_mb=1024,
        reads=("campaigns", "ledger", "workflows"),
        writes=("events", "contacts", "accounts", "jobs", "limits", "suppressions", "outbox"),
        sends_to=("mail-links", "add-contacts", "record-engagement", "relay-domain-events"),
        gets=("actions/", "audiences/", "content/", "emails/", "templates/"),
        can=(Permission.DERIVE_KEYS, Permission.SEND_MAIL),
    ),
    Function(
        folder="oauth",
        dialect=PAGES,
        gateway_paths=("/oauth2/{proxy+}",),
        timeout_s=API_TIMEOUT_S,
        memory_mb=1024,
        writes=("accounts", "jobs", "limits"),
        can=(Permission.DERIVE_KEYS,),
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
            "docs/openapi/docs.json",
            "docs/openapi/kasplo.json",
            "docs/reference/filters.md",
        ),
    ),
    # Workers
    Function(
        folder="workers/add_contacts",
        consumes=Consumer(batch=1),
        timeout_s=120,
        memory_mb=1024,
        reads=("suppressions",),
        writes=("events", "contacts", "accounts", "jobs", "outbox", "records"),
        inserts=("contacts",),
        sends_to=("mail-links", "relay-domain-events", "run-tasks"),
        gets=("imports/",),
        puts=("imports/",),
        can=(Permission.DERIVE_KEYS,),
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
        can=(Permission.DERIVE_KEYS, Permission.SEND_MAIL),
    ),
    Function(
        folder="workers/mail_links",
        consumes=Consumer(batch=1),
        timeout_s=60,
        reads=("contacts", "suppressions"),
        writes=("accounts", "limits", "jobs"),
        gets=("templates/",),
        can=(Permission.DERIVE_KEYS, Permission.SEND_MAIL, Permission.READ_SENDING_LIMITS),
    ),
    Function(
        folder="workers/plan_runs",
        consumes=Consumer(batch=RECOUNTS_TOGETHER, concurrency=5, mails_per_s=200),
        timeout_s=120,
        memory_mb=1024,
        reads=("suppressions",),
        # the start of a campaign writes the contacts of its pending imports
        writes=(
            *("events", "campaigns", "contacts", "accounts", "jobs", "ledger", "limits", "records", "workflows"),
            "outbox",
        ),
        inserts=("contacts", "events", "ledger", "workflows"),
        sends_to=("plan-runs", "send-chunks", "mail-links", "relay-domain-events"),
        gets=("audiences/", "content/", "imports/"),
        puts=("imports/",),
        can=(Permission.DERIVE_KEYS, Permission.READ_SENDING_LIMITS, Permission.RUN_CLOCKS),
    ),
    Function(
        folder="workers/record_ses_events",
        # the delay lets senders record and count their mails first, so that SES's event of a mail costs no write
        consumes=Consumer(batch=500, window_s=5, delay_s=45, concurrency=5, mails_per_s=200),
        timeout_s=60,
        reads=("accounts", "campaigns"),
        writes=("events", "contacts", "ledger", "suppressions", "workflows", "outbox"),
        inserts=("events", "ledger"),
        sends_to=("plan-runs", "relay-domain-events"),
        can=(Permission.DERIVE_KEYS, Permission.RUN_CLOCKS),
    ),
    Function(
        folder="workers/relay_domain_events",
        consumes=Consumer(batch=10),
        timeout_s=60,
        reads=("accounts", "workflows"),
        writes=("outbox",),
        inserts=("outbox",),
        sends_to=("call-webhooks", "plan-runs"),
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
        sends_to=("mail-links", "plan-runs", "run-tasks", "relay-domain-events"),
        gets=("audiences/", "emails/", "exports/", "imports/"),
        puts=("audiences/", "exports/", "imports/"),
        can=(Permission.DERIVE_KEYS, Permission.READ_SENDING_LIMITS),
    ),
    Function(
        folder="workers/send_chunks",
        consumes=Consumer(batch=CHUNKS_TOGETHER),  # at most; its batch and concurrency follow from the rate of SES
        timeout_s=FUNCTION_TIMEOUT_S,
        memory_mb=1024,
        reads=("contacts", "accounts", "suppressions"),
        writes=("events", "campaigns", "ledger", "limits", "workflows", "outbox"),
        inserts=("events", "ledger"),
        sends_to=("plan-runs", "send-chunks", "relay-domain-events"),
        gets=("actions/", "audiences/", "content/"),
        can=(Permission.DERIVE_KEYS, Permission.SEND_MAIL, Permission.READ_SENDING_LIMITS, Permission.RUN_CLOCKS),
    ),
    Function(
        folder="workers/send_transactional",
        consumes=Consumer(batch=5, concurrency=4, mails_per_s=12),
        timeout_s=60,
        memory_mb=1024,
        reads=("accounts", "contacts", "records", "suppressions"),
        writes=("events", "ledger", "limits", "outbox"),
        sends_to=("send-transactional", "relay-domain-events"),
        gets=("emails/",),
        puts=("emails/",),
        can=(Permission.DERIVE_KEYS, Permission.SEND_MAIL, Permission.PUSH, Permission.READ_SENDING_LIMITS),
    ),
    Function(
        folder="workers/record_engagement",
        consumes=Consumer(batch=1000, window_s=10),
        timeout_s=60,
        reads=("accounts",),
        writes=("events", "ledger", "outbox"),
        sends_to=("relay-domain-events",),
        can=(Permission.DERIVE_KEYS,),
    ),
    # By the clock
    Function(
        folder="schedules/recount_runs",
        every_minutes=60,
        timeout_s=300,
        writes=("ledger",),
        sends_to=("plan-runs",),
        can=(Permission.DERIVE_KEYS,),
    ),
    Function(
        folder="schedules/sweep_runs",
        every_minutes=1,
        timeout_s=50,
        reads=("contacts", "accounts"),
        writes=("events", "campaigns", "ledger", "workflows", "outbox"),
        sends_to=("plan-runs", "relay-domain-events"),
        can=(Permission.DERIVE_KEYS, Permission.RUN_CLOCKS),
    ),
    # By executions of the state machine
    Function(
        folder="executions/wake_clock",
        timeout_s=60,
        memory_mb=1024,
        reads=("accounts",),
        writes=("events", "ledger", "workflows"),
        sends_to=("plan-runs",),
        can=(Permission.DERIVE_KEYS, Permission.RUN_CLOCKS),
    ),
    Function(
        folder="schedules/sweep_outbox",
        every_minutes=1,
        timeout_s=50,
        reads=("accounts",),
        writes=("outbox",),
        sends_to=("call-webhooks", "relay-domain-events"),
    ),
    # By hand
    Function(folder="ops/create_owner", writes=("accounts",)),
    Function(
        folder="ops/take_up_restored_tables",
        reads=("workflows",),
        writes=("accounts", "campaigns", "outbox"),
        sends_to=("relay-domain-events",),
        gets=("content/",),
        timeout_s=300,
        can=(Permission.DERIVE_KEYS,),
    ),
)

QUEUES: dict[str, Function] = {function.name: function for function in FUNCTIONS if function.consumes}
"""Every worker consumes the queue of its own name."""
MAIL_EVENT_WORKER, PLAN_WORKER, SEND_WORKER = "record-ses-events", "plan-runs", "send-chunks"
"""The workers of mail events, of the beginning of runs, and of sending."""
SCHEDULED_WORKERS = (PLAN_WORKER, "send-transactional")
"""The workers of messages of one-off schedules."""
CLOCK_TASK = "wake-clock"
"""The function that executions of the state machine call when they wake up."""


def can_loop(function: Function) -> bool:
    """Return whether messages of a worker can lead back to it, directly or through other workers."""
    seen: set[str] = set()
    ahead = list(function.sends_to)
    while ahead:
        name = ahead.pop()
        if name not in seen:
            seen.add(name)
            ahead += QUEUES[name].sends_to
    return function.name in seen
