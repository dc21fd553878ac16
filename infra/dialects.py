"""The rows of the functions of foreign APIs: what the calls of Kasplo, Customer.io and Docs may use."""

from dataclasses import replace

from infra.rows import (
    CAMPAIGNS,
    CHILDREN,
    CUSTOMERIO,
    CUSTOMERIO_TRACK,
    DOCS,
    EMAILS,
    KASPLO,
    WEBHOOKS,
    Function,
    Grants,
    Permission,
    area,
    union,
    with_pending_contacts,
)

CREDENTIALS = Grants(
    reads=("accounts",), writes=("jobs", "outbox"), sends_to=("relay-domain-events",), can=(Permission.DERIVE_KEYS,)
)
"""Every module checks credentials (accounts), keeps first answers (jobs), and may cause events (outbox)."""
COUNTED = replace(CREDENTIALS, writes=("jobs", "limits", "outbox"))
"""Likewise, where a limit counts the calls of an account or a key."""


def _customerio(part: str, *gateway_paths: str, dialect: str = CUSTOMERIO, **modules: Grants) -> Function:
    """Return the row of a function of Customer.io's APIs. `modules` are its route modules without "routes_".

    Some programs call paths of the App API below /v1/api, as in an older edition.
    """
    rest = "/v1/{proxy+}"  # has the old paths of its function, too
    old = [f"/v1/api/{path.removeprefix('/v1/')}" for path in gateway_paths if path.startswith("/v1/") and path != rest]
    paths = (*gateway_paths, *old)
    return area("compat/customerio", modules, base=COUNTED, part=part, dialect=dialect, gateway_paths=paths)


def _docs(part: str, *gateway_paths: str, files: tuple[str, ...] = (), **modules: Grants) -> Function:
    """Return the row of a function of the Docs API. `modules` are its route modules without "routes_"."""
    return area("compat/docs", modules, base=COUNTED, part=part, dialect=DOCS, gateway_paths=gateway_paths, files=files)


ROW_IMPORTS = Grants(
    reads=("suppressions",),
    writes=("accounts", "contacts"),
    inserts=("contacts",),
    sends_to=("add-contacts",),
    puts=("imports/",),
)
RECORDED = with_pending_contacts(
    Grants(writes=("accounts", "records", "suppressions"), inserts=("events", "records"), sends_to=("run-tasks",))
)
"""People are changed, recorded, merged and deleted."""
PUSHES = Grants(writes=("ledger", "records"), sends_to=("send-transactional",))
SENT = Grants(reads=("campaigns", "events", "ledger", "workflows"))
"""Messages of the account."""

DIALECTS: tuple[Function, ...] = (
    area(
        "compat/kasplo",
        {"audience": ROW_IMPORTS},
        base=CREDENTIALS,
        part="audience",
        dialect=KASPLO,
        gateway_paths=("/audience/{proxy+}",),
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
        customers=with_pending_contacts(Grants(reads=("records",), writes=("accounts",))),
        exports=Grants(
            reads=("contacts",), writes=("accounts",), sends_to=("run-tasks",), gets=("exports/",), puts=("exports/",)
        ),
        imports=Grants(writes=("accounts",), sends_to=("run-tasks",)),
        message_exports=replace(SENT, writes=("accounts",), sends_to=("run-tasks",)),
        objects=Grants(reads=("contacts", "records"), writes=("accounts",)),
        segments=Grants(
            reads=("campaigns", "contacts", "events", "ledger", "records", "workflows"), writes=("accounts",)
        ),
    ),
    _customerio(
        "sends",
        "/v1/send/{proxy+}",
        "/v1/campaigns/{proxy+}",
        sends=with_pending_contacts(Grants(**union(EMAILS, PUSHES))),
        triggers=with_pending_contacts(CHILDREN),
    ),
    _customerio(
        "content",
        "/v1/{proxy+}",
        broadcasts=Grants(reads=("campaigns",), writes=("accounts",)),
        info=Grants(),
        messages=replace(
            SENT, reads=(*SENT.reads, "contacts"), writes=("accounts",), gets=("actions/", "content/", "emails/")
        ),
        newsletter_contents=Grants(writes=("accounts", "campaigns"), gets=("content/",), puts=("content/",)),
        newsletter_metrics=replace(SENT, gets=("content/",)),
        newsletters=replace(CAMPAIGNS, puts=("audiences/", "content/")),
        senders=Grants(reads=("campaigns", "workflows")),
        snippets=Grants(reads=("campaigns", "workflows"), writes=("accounts",), gets=("content/",)),
        transactional=Grants(),
        webhooks=WEBHOOKS,
    ),
    _customerio(
        "track",
        "/api/v1/{proxy+}",
        "/api/v2/{proxy+}",
        "/unsubscribe/{proxy+}",
        dialect=CUSTOMERIO_TRACK,
        devices=with_pending_contacts(Grants(writes=("accounts", "records"))),
        entities=RECORDED,
        events=with_pending_contacts(Grants(writes=("accounts",), inserts=("events",))),
        metrics=Grants(
            reads=("campaigns", "workflows"),
            writes=("accounts", "contacts", "events", "ledger", "suppressions"),
            sends_to=("record-engagement",),
            gets=("content/", "emails/"),
        ),
        region=Grants(),
        segment_members=with_pending_contacts(Grants(writes=("accounts",))),
        track_customers=RECORDED,
    ),
    _docs(
        "audience",
        "/3.0/lists",
        "/3.0/lists/{proxy+}",
        fields=Grants(writes=("accounts",)),
        lists=Grants(
            reads=("campaigns", "events", "workflows"),
            writes=("accounts", "contacts"),
            sends_to=("call-webhooks", "run-tasks"),
        ),
    ),
    _docs(
        "account",
        "/3.0",
        "/3.0/",
        "/3.0/{proxy+}",
        "/schema/3.0/{proxy+}",
        files=("docs/openapi/docs.json",),
        root=Grants(reads=("contacts",)),
        schema=Grants(),
    ),
)
