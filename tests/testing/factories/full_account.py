"""Make an account with an object of each kind, for tests that must not reach it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

from tests.testing.factories.accounts import Owner, make_owner
from tests.testing.factories.campaigns import make_campaign
from tests.testing.factories.forms import make_form
from tests.testing.factories.lists import make_list, make_sender
from tests.testing.factories.records import add_records
from tests.testing.factories.templates import make_template
from tests.testing.factories.webhooks import log_delivery
from tests.testing.factories.workflows import make_action, make_workflow
from tests.testing.harness import Api
from tests.testing.snapshot import items_of_account


def populate(owner: Owner, log_delivery: Callable[[Owner, str], str] = log_delivery) -> dict[str, Any]:
    """Make an object of each kind over HTTP. Return ids by the names of path parameters, and of properties in bodies.

    `log_delivery` makes a row in the delivery log of a webhook, and returns its id.
    `secrets` are texts that only this account's data holds.
    """
    secret = f"secret-of-{owner.account_id}"
    list_id = make_list(owner, name=secret)
    api = owner.api

    def made(path: str, body: dict[str, Any], key: str = "id") -> Any:
        answer = api.post(path, json=body)
        assert answer.status == 201, (path, answer.text)
        return answer.json[key]

    made(f"/lists/{list_id}/custom-attributes", {"name": "city", "type": "text"}, "data")
    made(f"/lists/{list_id}/interests", {"name": "jazz"}, "data")
    made("/tags", {"tag": "vip"}, "tag")
    contact = {"email": f"{secret}@example.com", "custom_attributes": [{"name": "city", "value": secret}]}
    contact_id = made(f"/lists/{list_id}/contacts", contact, "data")["id"]
    segment_id = made(f"/lists/{list_id}/segments", {"name": secret, "query": '`city` = "x"'})
    made("/suppressed-emails", {"email": f"gone-{secret}@example.com"}, "email")
    sender_id = make_sender(owner)
    campaign_id = make_campaign(owner, list_id=list_id, name=secret)
    template_id = make_template(owner, name=secret)
    mail = {"subject": secret, "text": secret, "encoding": "utf-8"}
    draft = {"email": f"draft-{secret}@example.com", "sender": {"id": sender_id}, "content": mail, "draft": True}
    email_id = made("/emails", draft, "data")["id"]
    workflow_id = make_workflow(owner, list_id=list_id, name=secret)
    action_id = make_action(owner, workflow_id, name=secret)
    form_id = make_form(owner, list_id=list_id, name=secret)
    export_id = made(f"/lists/{list_id}/exports", {})
    import_id = made(f"/lists/{list_id}/imports", {"url": "http://169.254.169.254/people.csv"})
    upload = api.post("/suppressed-emails/imports/uploads").json
    rows = f"email\nfile-{secret}@example.com\n"
    httpx.post(
        upload["url"], data=upload["fields"], files={"file": ("people.csv", rows, "text/csv")}
    ).raise_for_status()
    suppression_import_id = made("/suppressed-emails/imports", {"upload_id": upload["id"]})
    log_export_id = made(f"/logs/campaigns/{campaign_id}/exports", {})
    credential_id = made("/credentials", {"dialect": "kasplo", "description": secret})
    program = {"name": secret, "redirect_uris": [f"https://{secret}.example/back"]}
    client_id = made("/oauth-clients", program)
    design = {"language": "en_US", "sender": {"id": sender_id, "name": secret}}
    assert api.patch("/brands/default/system-emails", json={"user_confirm": [design]}).status == 200
    dkim_key_id = made("/brands/default/dkim", {"domain": f"{secret}.example"}, "data")["id"]
    webhook_id = made("/webhooks", {"event": "Sender.Deleted", "url": f"https://hooks.example.com/{secret}"})
    delivery_id = log_delivery(owner, webhook_id)
    person = {"first_name": secret, "last_name": "Doe"}
    user_id = made("/users", {**person, "email": f"user-{secret}@example.com"})
    sub_account = {"name": secret, "account_owner": {**person, "email": f"sub-{secret}@example.com"}}
    account_id = made("/accounts", sub_account)
    return {
        "user_id": user_id,
        "account_id": account_id,
        "list_id": list_id,
        "contact_id": contact_id,
        "contact_ids": [contact_id],
        "segment_id": segment_id,
        "campaign_id": campaign_id,
        "template_id": template_id,
        "email_id": email_id,
        "workflow_id": workflow_id,
        "action_id": action_id,
        "blueprint_id": "1",
        "sender_id": sender_id,
        "name": "city",
        "interest_name": "jazz",
        "tag": "vip",
        "email": f"gone-{secret}@example.com",
        "task_id": export_id,
        "export_id": export_id,
        "import_id": import_id,
        "suppression_import_id": suppression_import_id,
        "campaign_log_export_id": log_export_id,
        "form_id": form_id,
        "credential_id": credential_id,
        "client_id": client_id,
        "webhook_id": webhook_id,
        "delivery_id": delivery_id,
        "id": dkim_key_id,  # the contract's name for that of a DKIM key
        "default_sender.id": sender_id,
        "sender.id": sender_id,
        "template.id": template_id,
        "secrets": [secret],
    }


BODY_IDS = frozenset({"list_id", "contact_ids", "segment_id", "default_sender.id", "sender.id", "template.id"})
"""The names of ids in bodies; a name or an email in a body belongs to the body."""


@dataclass(frozen=True)
class FurnishedAccount:
    """An account with an object of each kind, with the ids that `populate` returns."""

    owner: Owner
    ids: dict[str, Any]

    @property
    def api(self) -> Api:
        return self.owner.api

    def stored(self) -> dict[str, Any]:
        """Return all stored items of the account, by table and key."""
        return items_of_account(self.owner.account_id)

    def is_mentioned(self, text: str) -> bool:
        """Return whether the text contains secrets of this account."""
        return any(secret in text for secret in self.ids["secrets"])


def make_furnished_account() -> FurnishedAccount:
    owner = make_owner()
    ids = populate(owner)
    return FurnishedAccount(owner, ids | add_records(owner, ids))
