"""The rows of the functions of foreign APIs: what the calls of Kasplo, Customer.io and Docs may use."""

from dataclasses import replace

from infra.rows import (
    API_TIMEOUT_S,
    CAMPAIGNS,
    CUSTOMERIO,
    CUSTOMERIO_TRACK,
    DOCS,
    EMAILS,
    KASPLO,
    SENDS,
    WEBHOOKS,
    Can,
    Function,
    Grants,
    naming_people,
    union,
)


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
        **union(grants, base),
    )


def _docs(part: str, *gateway_paths: str, grants: Grants, files: tuple[str, ...] = ()) -> Function:
    """Return the row of a function of the Docs API: every one keeps first answers, and counts calls in flight."""
    base = Grants(reads=("accounts",), writes=("jobs", "limits"), can=(Can.DERIVE_KEYS,))
    return Function(
        folder="compat/docs",
        part=part,
        dialect=DOCS,
        gateway_paths=gateway_paths,
        files=files,
        timeout_s=API_TIMEOUT_S,
        memory_mb=1024,
        **union(grants, base),
    )


PUSHES = Grants(writes=("ledger", "records"), sends_to=("send-email",))
SNIPPETS = Grants(reads=("campaigns", "workflows"), writes=("accounts",), gets=("content/",))
NEWSLETTERS = replace(CAMPAIGNS, puts=("audiences/", "content/"))
MESSAGES = Grants(reads=("workflows",), gets=("actions/", "emails/"))

DIALECTS: tuple[Function, ...] = (
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
        sends_to=("add-contacts", "relay-events"),
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
        grants=naming_people(
            Grants(
                reads=("campaigns", "ledger", "records", "workflows"),
                writes=("accounts",),
                sends_to=("run-tasks",),
                gets=("exports/",),
                puts=("exports/",),
            )
        ),
    ),
    _customerio(
        "sends",
        "/v1/send/{proxy+}",
        "/v1/campaigns/{proxy+}",
        grants=naming_people(Grants(**union(SENDS, EMAILS, PUSHES))),
    ),
    _customerio("content", "/v1/{proxy+}", grants=Grants(**union(NEWSLETTERS, MESSAGES, SNIPPETS, WEBHOOKS))),
    _customerio(
        "track",
        "/api/v1/{proxy+}",
        "/api/v2/{proxy+}",
        "/unsubscribe/{proxy+}",
        dialect=CUSTOMERIO_TRACK,
        grants=naming_people(
            Grants(
                reads=("campaigns", "workflows"),
                writes=("accounts", "ledger", "records", "suppressions"),
                inserts=("events", "records"),
                sends_to=("run-tasks", "track-events"),
                gets=("content/", "emails/"),
            )
        ),
    ),
    _docs(
        "audience",
        "/3.0/lists",
        "/3.0/lists/{proxy+}",
        grants=Grants(
            reads=("events", "campaigns", "workflows"),
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
        grants=Grants(reads=("contacts",)),
        files=("docs/openapi/docs.json",),
    ),
)
