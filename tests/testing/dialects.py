"""The dialects beside the main API as their documents describe them, and callers with credentials of theirs.

A new dialect needs an entry in `DIALECTS` here; its generated tests follow from its document.
"""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache, cached_property
from typing import Any

from jsonschema import Draft202012Validator

from functions.compat.customerio.render_exports import PERSON_COLUMNS
from infra.openapi import DIALECTS as DOCUMENTS
from infra.openapi import MAIN
from postrider import bootstrap
from postrider.accounts.model import Caller
from postrider.attributes.model import AttributeType
from postrider.credentials.model import FORMATS, CredentialFormat
from postrider.kit.ids import random_id
from postrider.kit.wire_ids import hex10, hex32
from postrider.mail_events.source import MailSource
from postrider.messages.model import MessageKey
from postrider.outbox.model import DomainEventType
from postrider.segments.people_filters import EVERYONE
from postrider.tasks.queue_messages import RunTaskPart
from postrider.webhooks.formats import REPORTING
from tests.testing.factories.accounts import Owner
from tests.testing.factories.activity import make_recipients
from tests.testing.factories.campaigns import make_campaign
from tests.testing.factories.full_account import FurnishedAccount
from tests.testing.factories.lists import make_list
from tests.testing.harness import Answer, Api
from tests.testing.operations import Operation, operations_of


@dataclass(frozen=True)
class Dialect:
    """`ids` returns the ids of an account as the dialect writes them, those of `body_ids` and those in its paths.

    `prepared_ids` has those of things that one operation can do its work on, where it needs new ones.
    """

    name: str
    ids: Callable[[FurnishedAccount], dict[str, Any]]
    body_ids: frozenset[str]
    unknown_ids: Mapping[str, Any]
    """Ids that never were."""
    prepared_ids: Callable[[FurnishedAccount, Operation], dict[str, Any]] = lambda account, operation: {}
    spanning: frozenset[str] = frozenset()
    unknown_in_body: int = 404
    """Parameters of paths that may hold slashes."""
    reading_posts: frozenset[str] = frozenset()
    """Ids of operations that read by POST, for the size of what they are asked."""
    counted_kinds: frozenset[str] = frozenset()
    """Kinds of items that count how often they were read."""
    tells_missing_credentials: bool = False
    """Whether a call without a credential gets another answer than one with a wrong credential."""
    rights_to_come: frozenset[str] = frozenset()
    """Rights of operations that are not built yet. Each is taken out when the first of its operations is built."""

    @property
    def form(self) -> CredentialFormat:
        return FORMATS[self.name]

    @cached_property
    def document(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(DOCUMENTS[self.name].file.read_text(encoding="utf-8"))
        return document

    @cached_property
    def operations(self) -> list[Operation]:
        """The operations that need a credential."""
        operations = operations_of(self.document, self.body_ids)
        return [operation for operation in operations if operation.description.get("security") != []]

    def is_read(self, operation: Operation) -> bool:
        """Return whether an operation changes nothing."""
        return operation.method == "GET" or operation.description["operationId"] in self.reading_posts

    def spans(self, operation: Operation) -> bool:
        """Return whether a parameter of the path, or of a path below it, may hold slashes."""
        below = [other for other in self.operations if other.path.startswith(operation.path)]
        return any(
            parameter["name"] in self.spanning
            for operation_below in below
            for parameter in operation_below.parameters("path")
        )

    def stored(self, account: FurnishedAccount) -> dict[str, Any]:
        """Return the stored data of the account, without counters of reads."""
        items: dict[str, Any] = account.stored()
        return {key: item for key, item in items.items() if item.get("kind", {}).get("S") not in self.counted_kinds}

    def client(self, owner: Owner, scopes: Collection[str] | None = None) -> "Client":
        """Return a caller with a new credential of the owner."""
        body = {"dialect": self.name} | ({} if scopes is None else {"scopes": sorted(scopes)})
        made = owner.api.post("/credentials", json=body)
        assert made.status == 201, made.text
        return Client(self, made.json["data"]["public"], made.json["secret"])

    def _public_parameter(self, operation: Operation) -> str | None:
        """Return the name of the parameter of the path that is the public half of the credential."""
        pairs = zip(self.form.path.split("/"), operation.path.split("/"), strict=False)
        return next((actual.strip("{}") for word, actual in pairs if word == "{public}"), None)


@dataclass(frozen=True)
class Client:
    """A caller that sends these two halves of a credential."""

    dialect: Dialect
    public: str | None
    secret: str | None
    headers: Mapping[str, str] = field(default_factory=dict)

    def arguments(
        self, operation: Operation, ids: Mapping[str, Any], body_ids: Mapping[str, Any] | None = None
    ) -> tuple[str, dict[str, Any]]:
        """Return path and options of a call with these ids."""
        parameter = self.dialect._public_parameter(operation)
        own = {parameter: self.public or "none"} if parameter else {}
        return operation.arguments({**ids, **own}, None if body_ids is None else dict(body_ids))

    def send(self, method: str, path: str, **options: Any) -> Answer:
        form = self.dialect.form
        credential = {} if self.secret is None else {form.header: form.header_value(self.public, self.secret)}
        return Api().call(method, path, headers={**credential, **options.pop("headers", {})}, **options)

    def call(self, operation: Operation, ids: Mapping[str, Any], **options: Any) -> Answer:
        path, arguments = self.arguments(operation, ids)
        return self.send(operation.method, path, **{**arguments, **options})


def problems_of(operation: Operation, answer: Answer) -> list[str]:
    """Return where an answer differs from what the document says of its status.

    A status of no entry has the body of 400, or of 403 where the operation documents no 400.
    """
    validator = _validator(operation, str(answer.status))
    if validator is None:
        return [f"has a body: {answer.text[:80]}"] if answer.text not in ("", "null") else []
    return [f"{error.json_path}: {error.message}" for error in validator.iter_errors(answer.json)]


@cache
def _validator(operation: Operation, status: str) -> Draft202012Validator | None:
    """Return the validator of the bodies of answers with this status, None where they have none."""
    responses = operation.description["responses"]
    declared = responses.get(status) or responses.get("400") or responses["403"]
    if not declared.get("content"):
        return None
    ((_, content),) = declared["content"].items()
    return Draft202012Validator(content["schema"] | {"components": operation.document["components"]})


def _kasplo_ids(account: FurnishedAccount) -> dict[str, Any]:
    tag = bootstrap.groups().by_name(account.owner.account_id, account.ids["tag"])
    return {"list_id": hex32(account.ids["list_id"]), "tags": [hex32(tag.id)]}


def _customerio_ids(account: FurnishedAccount) -> dict[str, Any]:
    account_id, ids = account.owner.account_id, account.ids
    key = MessageKey(MailSource.campaign(ids["campaign_id"]), ids["list_id"], ids["contact_id"])
    make_recipients(key.source, [key.recipient_id], account_id=account_id)
    made = {
        "newsletter_id": ids["campaign_id"],
        "content_id": ids["campaign_id"],
        "test_group_id": "1",
        "language": "fr",
        "message_id": bootstrap.message_ids().of(account_id, key),
        "webhook_id": _reporting_webhook_id(account),
        "segment_id": bootstrap.groups().create_segment(account_id, name=f"people {random_id()}").id,
        "snippet_name": _snippet_name(account),
        "transactional_message_id": ids["template_id"],
        "transactional_id": ids["template_id"],
        "import_id": ids["data_import_id"],
    }
    made |= _broadcast_ids(account)
    made["sender_id"] = bootstrap.senders().get(account_id, ids["sender_id"]).numeric_id
    made["delivery_id"] = made["message_id"]
    made["export_id"] = _export_id(account_id)
    customer_id = made["customer_id"] = made["primary.id"] = made["secondary.id"] = ids["secrets"][0]
    default_list_id = bootstrap.lists().default(account_id).id
    bootstrap.contact_upserts().create(account_id, default_list_id, email=None, external_id=customer_id)
    return made | {name: ids[name] for name in ("object_type_id", "object_id", "identifier", "device_id")}


def _broadcast_ids(account: FurnishedAccount) -> dict[str, Any]:
    """Return the ids of the broadcast of the account and of a trigger of it, which are made when it has none."""
    account_id = account.owner.account_id
    broadcast = next(bootstrap.campaigns().triggered(account_id), None)
    if broadcast is None:
        list_id = bootstrap.lists().default(account_id).id
        broadcast_id = make_campaign(account.owner, list_id=list_id, triggered=True, name=account.ids["secrets"][0])
        later = bootstrap.clock()() + timedelta(days=30)
        bootstrap.campaign_children().send_again(account_id, broadcast_id, moment=later)
        return {"broadcast_id": broadcast_id, "trigger_id": 1}
    return {"broadcast_id": broadcast.id, "trigger_id": 1}


def _customerio_prepared_ids(account: FurnishedAccount, operation: Operation) -> dict[str, Any]:
    """Make a newsletter for an operation of one, with a language, or with a test group where the path has one."""
    if not operation.path.startswith("/v1/newsletters/{newsletter_id}"):
        return {}
    account_id = account.owner.account_id
    campaign_id = make_campaign(account.owner, list_id=bootstrap.lists().default(account_id).id)
    variants, arm = bootstrap.campaign_variants(), None
    if "{test_group_id}" in operation.path:
        arm = variants.of(variants.add_arm(account_id, campaign_id)).own.arm
    variants.add_language(account_id, campaign_id, "fr", {"subject": "Nouvelles", "html": "<p>Bonjour</p>"}, arm=arm)
    return {"newsletter_id": campaign_id, "content_id": campaign_id, "test_group_id": str(arm)}


def _export_id(account_id: str) -> int:
    """Return the id of an export of people that is done, which is made when there is none."""
    exports = bootstrap.numbered_exports().all(account_id)
    if not exports:
        caller, list_id = _caller(account_id), bootstrap.lists().default(account_id).id
        export = bootstrap.people_exports().start(
            caller, list_id, EVERYONE, fields=PERSON_COLUMNS, attributes=None, description="All"
        )
        for block in bootstrap.contacts().blocks_of(account_id, list_id):
            part = RunTaskPart(account_id=account_id, task_id=export.task.id, part=f"{block:016d}")
            bootstrap.task_runner().run(part)
        return export.record.number
    return exports[0].record.number


def _caller(account_id: str) -> Caller:
    return Caller(
        account_id=account_id,
        own_account_id=account_id,
        user_id="1",
        user_account_id=account_id,
        email="",
        scopes=frozenset(),
        lineage="",
    )


def _snippet_name(account: FurnishedAccount) -> str:
    """Return the name of a snippet of the account that nothing uses."""
    return bootstrap.snippets().put(account.owner.account_id, name="unused", value=account.ids["secrets"][0]).name


def _reporting_webhook_id(account: FurnishedAccount) -> int:
    """Return the id of the reporting webhook of the account, which is made when it has none."""
    account_id, service = account.owner.account_id, bootstrap.webhooks()
    webhooks = service.all(account_id, with_archived=True, format=REPORTING)
    url = f"https://hooks.example.com/{account.ids['secrets'][0]}"
    types = (DomainEventType.EMAIL_SENT,)
    webhook = webhooks[0] if webhooks else service.create(account_id, url=url, types=types, format=REPORTING)
    return int(webhook.id)


_CUSTOMERIO_UNKNOWN = {
    "export_id": 2**40,
    "segment_id": 2**31 - 1,
    "newsletter_id": 2**40,
    "content_id": 2**40,
    "test_group_id": "77",
    "language": "xx",
    "message_id": "x" * 40,
    "delivery_id": "x" * 40,
    "webhook_id": 2**40,
    "broadcast_id": 2**40,
    "trigger_id": 2**40,
    "sender_id": 2**40,
    "snippet_name": "never",
    "transactional_message_id": 2**40,
    "transactional_id": 2**40,
    "import_id": 2**40,
    "object_type_id": 1,
    "object_id": "never",
    "customer_id": "never",
    "primary.id": "never",
    "secondary.id": "never",
    "identifier": "never@example.com",
    "device_id": "never",
}


def _docs_ids(account: FurnishedAccount) -> dict[str, Any]:
    list_id, name = account.ids["list_id"], account.ids["name"]
    attribute = bootstrap.attributes().get(account.owner.account_id, list_id, name)
    return {"list_id": hex10(list_id), "merge_id": attribute.id}


def _docs_prepared_ids(account: FurnishedAccount, operation: Operation) -> dict[str, Any]:
    """Make a list with an attribute for an operation that changes either of them."""
    if operation.method == "GET":
        return {}
    account_id, list_id = account.owner.account_id, make_list(account.owner)
    attribute = bootstrap.attributes().create(account_id, list_id, name="colour", kind=AttributeType.TEXT)
    return {"list_id": hex10(list_id), "merge_id": attribute.id}


_DOCS_UNKNOWN = {"list_id": hex10(2**32), "merge_id": 2**32}


DIALECTS = {
    "kasplo": Dialect(
        "kasplo",
        ids=_kasplo_ids,
        body_ids=frozenset({"list_id", "tags"}),
        unknown_ids={"list_id": hex32(2**40), "tags": [hex32(2**40)]},
    ),
    "customerio": Dialect(
        "customerio",
        ids=_customerio_ids,
        prepared_ids=_customerio_prepared_ids,
        body_ids=frozenset({"transactional_message_id"}),
        spanning=frozenset({"customer_id", "object_id", "snippet_name"}),
        unknown_in_body=400,
        unknown_ids=_CUSTOMERIO_UNKNOWN,
        counted_kinds=frozenset({"export"}),
        reading_posts=frozenset({"find_objects", "search_customers"}),
    ),
    "customerio-track": Dialect(
        "customerio-track",
        ids=_customerio_ids,
        body_ids=frozenset({"delivery_id", "primary.id", "secondary.id"}),
        unknown_ids=_CUSTOMERIO_UNKNOWN,
        spanning=frozenset({"identifier", "device_id"}),
        rights_to_come=frozenset(),
    ),
    "docs": Dialect(
        "docs",
        ids=_docs_ids,
        prepared_ids=_docs_prepared_ids,
        body_ids=frozenset(),
        unknown_ids=_DOCS_UNKNOWN,
        tells_missing_credentials=True,
        rights_to_come=frozenset(f"{noun}:{kind}" for noun in ("contacts", "segments") for kind in ("read", "write")),
    ),
}
assert DIALECTS.keys() == DOCUMENTS.keys() - {MAIN}, "every dialect has an entry"
