"""The examples of the document: every operation called once in a story, as a client program would.

`WRITE_EXAMPLES=1` writes the examples that changed into docs/openapi/examples.json; without it the test fails when an
answer differs.
"""

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import httpx
import pytest

from infra.examples import EXAMPLES
from infra.openapi import main_document
from postrider.adapters.memory import MemoryDns
from tests.testing.factories.accounts import PASSWORD, Owner, make_owner
from tests.testing.factories.users import mailed_secret
from tests.testing.factories.webhooks import log_delivery
from tests.testing.harness import Answer, Api, path_text
from tests.testing.overrides import overridden


class ReachableWeb:
    """Every link can be opened."""

    def status(self, url: str, *, timeout_s: float) -> int:
        return 200

    def fetch(self, url: str, *, max_bytes: int) -> Any:
        raise NotImplementedError


OPERATIONS = {
    operation["operationId"]: (method.upper(), path, operation)
    for path, methods in main_document()["paths"].items()
    for method, operation in methods.items()
}
VARIES = frozenset(
    (
        "agent",
        "at",
        "confirmation",
        "created",
        "credential",
        "cursor",
        "data",
        "date",
        "email",
        "emails",
        "embedded",
        "expires",
        "fields",
        "for",
        "hash",
        "header_value",
        "hint",
        "html",
        "id",
        "ids",
        "in",
        "ip",
        "key",
        "kid",
        "lineage",
        "link",
        "linked",
        "lists",
        "n",
        "next",
        "on",
        "path",
        "policy",
        "previous",
        "public",
        "raw",
        "secret",
        "signature",
        "since",
        "time",
        "timestamp",
        "token",
        "updated",
        "url",
    )
)
"""Members, or last words of members, with values that differ from run to run."""
EXAMPLE_CHARS = 200
"""Maximum length of a page in an example."""
SECRETS = re.compile(r"(header_value|token|signature|policy|credential|n|secret|security|key)$", re.IGNORECASE)


class Elsewhere:
    """A web in which no domain leads to this deployment."""

    @contextmanager
    def fetch(self, url: str, *, max_bytes: int) -> Iterator[Iterator[bytes]]:
        yield iter([b"{}"])


class Story:
    """A client that records its requests and responses by operation id. Each call is a second after the previous one."""

    def __init__(self, api: Api, clock: Any) -> None:
        self.api, self._clock = api, clock
        self.examples: dict[str, dict[str, Any]] = {}

    def call(self, operation_id: str, status: int = 200, *, api: Api | None = None, **options: Any) -> Any:
        """Call an operation; path parameters are named like in the document. Return the JSON of its answer."""
        method, path, operation = OPERATIONS[operation_id]
        for parameter in operation.get("parameters", []):
            if parameter["in"] == "path":
                path = path.replace(f"{{{parameter['name']}}}", path_text(options.pop(parameter["name"])))
        self._clock.move(timedelta(seconds=1))
        answer = (api or self.api).call(method, path, **options)
        assert answer.status == status, (operation_id, answer.text)
        request = options.get("json", options.get("form"))
        self.examples.setdefault(operation_id, {"status": status, **_body("request", request), **_answer(answer)})
        return None if is_text(answer) else answer.json

    def deliver(self, platform: Any) -> None:
        platform.ring()
        for _ in range(3):
            platform.drain()
            platform.sweep()


def _body(name: str, value: Any) -> dict[str, Any]:
    return {} if value is None else {name: _without_secrets(value)}


def _answer(answer: Answer) -> dict[str, Any]:
    return _body("response", _beginning(answer.text) if is_text(answer) else answer.json)


def _beginning(page: str) -> str:
    """Return the beginning of a page. A number counts as one character: ids of any length end it at the same place."""
    return "".join(re.findall(r"\d+|\D", page)[:EXAMPLE_CHARS]) + "…"


def is_text(answer: Answer) -> bool:
    return answer.headers.get("content-type", "").startswith("text/")


def _without_secrets(value: Any, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _without_secrets(member, key) for key, member in value.items()}
    if isinstance(value, list):
        return [_without_secrets(member, name) for member in value[:2]]
    if isinstance(value, str):
        if SECRETS.search(name) and len(value) > 40:
            return f"{value[:8]}…"
        value = re.sub(r"(p=[A-Za-z0-9+/]{8})[A-Za-z0-9+/]{40,}={0,2}", r"\1…", value)  # of a DKIM key
        return re.sub(r"https?://127\.0\.0\.1[^\s\"]*", "https://storage.example.com/file", value)
    return value


@pytest.fixture(scope="session")
def examples(platform):
    """The story: an account is set up, people are added, a campaign is sent and looked at, and all is taken down."""
    owner = make_owner(email="anna@example.com")
    story = Story(owner.api, platform.clock)
    call = story.call
    _access(story, owner)
    _users(story, platform)
    _credentials(story)
    _oauth_clients(story)
    _webhooks(story, owner, platform)
    _domains(story, platform)
    _system_mails(story)
    sender_id = _senders(story, platform)
    list_id = call(
        "create_list", 201, json={"name": "Readers", "default_sender": {"id": sender_id}, "language": "en_US"}
    )["id"]
    _list(story, list_id)
    call("get_audit", query={"filter": "noun==lists", "per_page": 1})
    contact_id, segment_id = _people(story, platform, list_id)
    campaign_id = _campaign(story, platform, list_id, segment_id, sender_id, contact_id)
    _emails(story, platform, sender_id)
    _insights(story, platform, owner.account_id, list_id, campaign_id)
    call("get_contact_history", list_id=list_id, contact_id=contact_id)
    _workflows(story, platform, list_id, sender_id, contact_id)
    _taken_down(story, platform, list_id, segment_id, contact_id, sender_id)
    return story.examples


def _access(story: Story, owner: Any) -> None:
    form = {"grant_type": "password", "username": owner.email, "password": PASSWORD}
    tokens = story.call("create_token", api=Api(), form=form)
    story.call(
        "refresh_token", api=Api(), form={"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    )
    story.call("get_public_key", api=Api())
    story.call("get_self_user")
    story.call("get_self_account")
    address = {
        "address1": "1 Main Street",
        "address2": None,
        "city": "Springfield",
        "country": "US",
        "province": "IL",
        "postal_code": "62701",
    }
    story.call("patch_self_account", json={"name": "Example Inc.", "address": address, "phone": "+1 217 555 0100"})


def _users(story: Story, platform: Any) -> None:
    call, person = story.call, {"first_name": "Ben", "last_name": "Miller"}
    email = "ben.miller@example.com"
    user_id = call("create_user", 201, json={**person, "email": email, "language": "en_US"})["id"]
    call("list_users", query={"filter": "status==pending"})
    platform.clock.move(timedelta(minutes=2))
    call("resend_user_verification", user_id=user_id)
    secret = mailed_secret(platform, email, "confirm-user")
    call("confirm_user", api=Api(), user_id=user_id, json={"confirmation": secret, "password": PASSWORD})
    call("get_user", user_id=user_id)
    call("patch_user", user_id=user_id, json={"title": "Editor"})
    call("forgot_my_password", api=Api(), json={"email": email})
    platform.drain()
    body = {"token": mailed_secret(platform, email, "reset-password"), "password": PASSWORD}
    call("reset_password_confirm", api=Api(), json=body)
    call("reset_self_password")
    call("reset_user_password", user_id=user_id, json={"invalidate_current_password": True})
    call("suspend_user", user_id=user_id)
    call("unsuspend_user", user_id=user_id)
    call("delete_user", user_id=user_id)
    owner_of_branch = {**person, "email": "ben@branch.example.com", "password": PASSWORD}
    branch = call("create_account", 201, json={"name": "Branch", "account_owner": owner_of_branch})
    call("resend_account_verification", api=Api(), json={"email": branch["email"]})
    platform.drain()
    secret = mailed_secret(platform, branch["email"], "confirm-account")
    call("confirm_account", api=Api(), account_id=branch["id"], json={"confirmation": secret})
    call("list_accounts", query={"recursive": "true"})
    call("get_account", account_id=branch["id"])
    call("patch_account", account_id=branch["id"], json={"usage_limits": {"per_month": 10_000}})
    call("suspend_account", account_id=branch["id"])
    call("unsuspend_account", account_id=branch["id"])
    call("delete_account", account_id=branch["id"])


def _domains(story: Story, platform: Any) -> None:
    key = story.call("create_dkim_key", 201, json={"domain": "readers.example", "selector": "news"})["data"]
    for record in key["records"]:
        platform.aws.dns.publish(record["name"], record["type"], record["value"])
    story.call("get_dkim_key", id=key["id"])
    story.call("list_dkim_keys")
    domains = {"bounce": "bounce.readers.example", "tracking": "https://links.readers.example"}
    story.call("patch_domains", json={"domains": domains})
    story.call("show_domains")
    with overridden(fetcher=Elsewhere()):
        story.call("validate_domains")
    story.call("delete_dkim_key", id=key["id"])


def _system_mails(story: Story) -> None:
    html = '<p>Welcome to [name].</p><p><a href="[USER_CONFIRM]">Choose a password</a></p>'
    content = {"type": "html", "subject": "Welcome", "html": html}
    template = story.api.post("/templates", json={"name": "Invitation", "content": content})
    design = {"language": "en_US", "template": {"id": template.json["id"]}, "sender": None}
    story.call("set_system_emails", json={"user_confirm": [design]})
    story.call("show_system_emails")
    story.call("patch_system_emails", json={"user_confirm": None})
    story.api.delete(f"/templates/{template.json['id']}")


def _credentials(story: Story) -> None:
    body = {"dialect": "kasplo", "name": "Web shop", "scopes": ["lists:read", "contacts:write"]}
    credential_id = story.call("create_credential", 201, json=body)["id"]
    story.call("list_credentials", query={"with_count": "true"})
    story.call("delete_credential", credential_id=credential_id)


def _oauth_clients(story: Story) -> None:
    body = {"name": "Shop Sync", "redirect_uris": ["https://shop.example/oauth/back"], "scopes": ["contacts:write"]}
    client_id = story.call("create_oauth_client", 201, json=body)["id"]
    story.call("list_oauth_clients", query={"with_count": "true"})
    story.call("delete_oauth_client", client_id=client_id)


def _webhooks(story: Story, owner: Owner, platform: Any) -> None:
    call = story.call
    body = {"event": "Contact.Added", "url": "https://hooks.example.com/postrider", "rate_limit": 20}
    webhook_id = call("create_webhook", 201, json={**body, "events": ["Contact.Removed"], "ordered": True})["id"]
    delivery_id = log_delivery(owner, webhook_id)
    call("list_webhooks", query={"with_archived": "true"})
    call("get_webhook", webhook_id=webhook_id)
    call("patch_webhook", webhook_id=webhook_id, json={"rate_limit": 60, "rate_limit_period": "minute"})
    call("list_webhook_deliveries", webhook_id=webhook_id, query={"status": "delivered"})
    call("replay_webhook_delivery", webhook_id=webhook_id, delivery_id=delivery_id)
    now = int(platform.clock().timestamp())
    call("replay_webhook", webhook_id=webhook_id, json={"start_time": now - 3600, "end_time": now})
    call("send_test_webhook", webhook_id=webhook_id)
    call("renew_webhook_secret", webhook_id=webhook_id)
    call("archive_webhook", webhook_id=webhook_id)
    call("unarchive_webhook", webhook_id=webhook_id)
    call("archive_webhook", webhook_id=webhook_id)


def _senders(story: Story, platform: Any) -> str:
    body = {"name": "Anna of Example", "email": "news@example.com", "language": "en_US"}
    sender_id = story.call("create_sender", 201, json=body)["id"]
    mail = platform.aws.ses.mailbox.latest(to=body["email"])[0]
    secret = re.search(r"/confirm-sender/([\w-]+)", mail["text"])[1]
    story.call("confirm_sender", api=Api(), json={"confirmation_id": secret})
    other = story.call("create_sender", 201, json={"name": "Shop", "email": "shop@example.com"})["id"]
    platform.clock.move(timedelta(minutes=5))
    story.call("resend_confirmation_email", sender_id=other)
    story.call("delete_sender", sender_id=other)
    story.call("get_sender", sender_id=sender_id)
    story.call("patch_sender", sender_id=sender_id, json={"name": "Anna"})
    story.call("list_senders", query={"with_count": "true"})
    return str(sender_id)


def _list(story: Story, list_id: int) -> None:
    call = story.call
    call("accept_list_policy", list_id=list_id)
    call("get_list", list_id=list_id)
    call("patch_list", list_id=list_id, json={"redirections": {"after_opt_in": "https://example.com/welcome"}})
    call("list_lists", query={"sort": "name"})
    call("archive_list", list_id=list_id)
    call("unarchive_list", list_id=list_id)
    call("create_custom_attribute", 201, list_id=list_id, json={"name": "city", "type": "text"})
    call("get_custom_attribute", list_id=list_id, name="city")
    call("list_custom_attributes", list_id=list_id)
    call("patch_custom_attribute", list_id=list_id, name="city", json={"required": True, "default": "Bern"})
    call("create_interest", 201, list_id=list_id, json={"name": "jazz", "alias": "Jazz music"})
    call("get_interest", list_id=list_id, interest_name="jazz")
    call("patch_interest", list_id=list_id, interest_name="jazz", json={"alias": "Jazz and blues"})
    call("list_interests", list_id=list_id)
    call("create_tag", 201, json={"tag": "customer"})
    call("show_tag", tag="customer")
    call("patch_tag", tag="customer", json={"tag": "client"})
    call("list_tags")
    call("archive_tag", tag="client")
    call("unarchive_tag", tag="client")
    form = call("create_form", 201, json={"name": "Website", "content": {}, "language": "en", "list_id": list_id})
    call("get_form", form_id=form["id"])
    call("patch_form", form_id=form["id"], json={"double_opt_in": True})
    call("list_forms")
    call("delete_form", form_id=form["id"])


def _people(story: Story, platform: Any, list_id: int) -> tuple[int, int]:
    call = story.call
    bern = [{"name": "city", "value": "Bern"}]
    contact = {"email": "ben@example.com", "custom_attributes": bern}
    contact_id = call("create_contact", 201, list_id=list_id, json=contact)["data"]["id"]
    rows = [{"email": "cleo@example.com", "custom_attributes": bern}, {"email": "dan@example.com"}]
    call("import_contacts", 201, list_id=list_id, json={"contacts": rows})
    platform.drain()
    call("patch_contact", list_id=list_id, contact_id=contact_id, json={"interests": ["jazz"]})
    call("tag_contact", list_id=list_id, contact_id=contact_id, json={"tags": ["vip"]})
    call("untag_contact", list_id=list_id, contact_id=contact_id, json={"tags": ["vip"]})
    call("tag_multiple_contacts", list_id=list_id, json={"query": '`city` = "Bern"', "tags": ["client"]})
    call("untag_multiple_contacts", list_id=list_id, json={"contact_ids": [contact_id], "tags": ["vip"]})
    interested = {"contact_ids": [contact_id], "interests": ["jazz"]}
    call("add_interests_to_contacts", list_id=list_id, json=interested)
    call("remove_interests_from_contacts", list_id=list_id, json=interested)
    platform.drain()
    call("get_contact", list_id=list_id, contact_id=contact_id)
    call("list_contacts_of_list", list_id=list_id, query={"per_page": 2, "with_count": "true"})
    segment = {"name": "Readers in Bern", "query": '`city` = "Bern"'}
    segment_id = call("create_segment", 201, list_id=list_id, json=segment)["id"]
    call("get_segment", list_id=list_id, segment_id=segment_id)
    call("patch_segment", list_id=list_id, segment_id=segment_id, json={"name": "Bern"})
    call("list_segments", list_id=list_id)
    call("list_contacts_of_segment", list_id=list_id, segment_id=segment_id)
    call("create_suppressed_email", 201, json={"email": "*@example.net"})
    call("list_suppressed_emails")
    call("delete_suppressed_email", email="*@example.net")
    upload = call("create_suppression_upload", 201)
    file = {"file": ("gone.csv", b"email,reason\nfay@example.net,complaint\n*@example.net,\n")}
    assert httpx.post(upload["url"], data=upload["fields"], files=file).status_code < 300
    import_id = call("create_suppression_import", 201, json={"upload_id": upload["id"]})["id"]
    platform.drain()
    call("get_suppression_import", suppression_import_id=import_id)
    call("list_suppression_imports", query={"filter": "status==ready"})
    _files(story, platform, list_id)
    return contact_id, segment_id


def _files(story: Story, platform: Any, list_id: int) -> None:
    call = story.call
    upload = call("create_import_upload", 201, list_id=list_id)
    file = {"file": ("people.csv", b"email,city\neve@example.com,Basel\n")}
    assert httpx.post(upload["url"], data=upload["fields"], files=file).status_code < 300
    import_id = call("create_file_import", 201, list_id=list_id, json={"upload_id": upload["id"], "tags": ["client"]})[
        "id"
    ]
    platform.drain()
    call("get_file_import", list_id=list_id, import_id=import_id)
    call("list_imports", list_id=list_id, query={"filter": "status==ready"})
    export_id = call("export_contacts", 201, list_id=list_id, query={"description": "Everybody"})["id"]
    platform.drain()
    call("get_contacts_export", list_id=list_id, export_id=export_id)
    call("download_contacts_export", list_id=list_id, export_id=export_id)
    call("list_contacts_exports", list_id=list_id)
    call("get_task", task_id=export_id)
    call("list_tasks", query={"filter": "type==contactsexport"})
    call("delete_contacts_export", list_id=list_id, export_id=export_id)
    another_id = call("export_contacts", 201, list_id=list_id)["id"]
    platform.drain()
    call("delete_task", task_id=another_id)


def _campaign(story: Story, platform: Any, list_id: int, segment_id: int, sender_id: str, contact_id: int) -> int:
    call = story.call
    html = '<html><body><p>Hello [first_name,friend]</p><p><a href="https://example.com/spring">Spring</a></p></body></html>'
    call("list_campaign_blueprints", api=Api(), query={"filter": "tag==welcome"})
    call("get_campaign_blueprint", api=Api(), blueprint_id=8)
    call("render_campaign_blueprint", api=Api(), blueprint_id=8)
    template = {
        "name": "Offer",
        "content": {"type": "html", "subject": "An offer", "html": html},
        "trigger_name": "offer",
    }
    template_id = call("create_template", 201, json=template)["id"]
    call("get_template", template_id=template_id)
    call("patch_template", template_id=template_id, json={"tags": ["shop"]})
    call("list_templates", query={"filter": "tag==shop"})
    call("render_template", template_id=template_id)
    call("delete_template", template_id=template_id)
    body = {
        "name": "Spring",
        "audience": {"list_id": list_id, "segment_id": segment_id},
        "sender": {"id": sender_id},
        "content": {"subject": "Spring is here", "html": html, "type": "html"},
    }
    campaign_id = int(call("create_campaign", 201, json=body)["id"])
    call("get_campaign", campaign_id=campaign_id)
    call("patch_campaign", campaign_id=campaign_id, json={"content": {"subject": "Spring has come"}})
    call("get_campaign_revisions", campaign_id=campaign_id)
    call("get_campaign_variants", campaign_id=campaign_id)
    call("render_campaign", campaign_id=campaign_id, query={"contact_id": contact_id})
    call("send_test_email", campaign_id=campaign_id, json={"email": "anna@example.com", "type": "merged"})
    records = {("example.com", "TXT"): ("v=spf1 include:amazonses.com ~all",)}
    with overridden(fetcher=ReachableWeb(), dns=MemoryDns(records)):
        call("get_campaign_checks", campaign_id=campaign_id)
    tomorrow = int(platform.clock().timestamp()) + 86_400
    call("schedule_campaign", campaign_id=campaign_id, json={"date": tomorrow})
    call("reschedule_campaign", campaign_id=campaign_id, json={"date": tomorrow + 3_600})
    call("suspend_campaign", campaign_id=campaign_id)
    call("resume_campaign", campaign_id=campaign_id)
    call("unschedule_campaign", campaign_id=campaign_id)
    call("schedule_campaign", campaign_id=campaign_id, json={})
    story.deliver(platform)
    call("list_campaigns", query={"filter": "status==delivered"})
    call("archive_campaign", campaign_id=campaign_id)
    call("unarchive_campaign", campaign_id=campaign_id)
    triggered = {**body, "name": "Price alert", "triggered": True}
    triggered_id = int(call("create_campaign", 201, json=triggered)["id"])
    sent = {"contact_ids": [contact_id], "data": {"product": "Tea"}}
    call("send_campaign_again", 201, campaign_id=triggered_id, json=sent)
    call("list_campaign_sends", campaign_id=triggered_id)
    call("get_campaign_problems", campaign_id=triggered_id)
    other = int(call("create_campaign", 201, json={**body, "name": "Summer"})["id"])
    call("schedule_campaign", campaign_id=other, json={"date": tomorrow})
    call("cancel_campaign", campaign_id=other)
    call("delete_campaign", campaign_id=other)
    return campaign_id


def _emails(story: Story, platform: Any, sender_id: str) -> None:
    call = story.call
    html = "<html><body><p>Dear [first_name], your order [order] is on its way.</p></body></html>"
    template = {"name": "Receipt", "content": {"type": "html", "html": html}}
    template_id = call("create_template", 201, json=template)["id"]
    attributes = [{"name": "first_name", "value": "Anna"}, {"name": "order", "value": "A-17"}]
    body = {
        "email": "anna@example.com",
        "sender": {"id": sender_id},
        "group_id": 7,
        "additional_headers": [{"name": "X-Order", "value": "A-17"}],
        "content": {
            "subject": "Your order A-17",
            "encoding": "utf-8",
            "template": {"id": template_id, "custom_attributes": attributes},
        },
    }
    call("send_email", 201, json=body)
    platform.drain("send-transactional")
    drafts = [call("send_email", 201, json=body | {"draft": True})["data"]["id"] for _ in range(2)]
    call("release_email", email_id=drafts[0])
    call("delete_email", email_id=drafts[1])
    call("get_email_logs", query={"log_type": "sent", "filter": "email==anna@example.com"})
    now = int(platform.clock().timestamp())
    call("get_emails_stats", query={"start_time": now, "end_time": now})


def _insights(story: Story, platform: Any, account_id: str, list_id: int, campaign_id: int) -> None:
    call = story.call
    call("get_campaign_logs", campaign_id=campaign_id, query={"filter": "type==sent"})
    export_id = call("campaign_log_export_create", 201, campaign_id=campaign_id, query={"description": "Spring"})["id"]
    platform.drain()
    call("list_campaign_log_exports", campaign_id=campaign_id)
    call("campaign_log_export_download", campaign_id=campaign_id, campaign_log_export_id=export_id)
    times = {"start_time": int(platform.clock().timestamp()) - 86_400, "end_time": int(platform.clock().timestamp())}
    call("get_list_logs", list_id=list_id, query=times)
    call("get_campaign_stats", campaign_id=campaign_id)
    call("get_campaign_links_stats", campaign_id=campaign_id)
    call("get_list_stats", list_id=list_id)
    call("get_campaign_progress", campaign_id=campaign_id)
    call("get_campaign_series", campaign_id=campaign_id)
    call("get_campaign_breakdown", campaign_id=campaign_id, query={"by": "domain"})
    call("get_list_series", list_id=list_id, query=times)
    call("get_self_account_stats")
    call("get_account_stats", account_id=account_id)


def _workflows(story: Story, platform: Any, list_id: int, sender_id: str, contact_id: int) -> None:
    call = story.call
    call("list_workflow_blueprints", api=Api(), query={"sort": "name"})
    call("get_workflow_blueprint", api=Api(), blueprint_id="1")
    call("list_workflow_blueprint_actions", api=Api(), blueprint_id="1")
    call("get_workflow_blueprint_action", api=Api(), blueprint_id="1", action_id="1")
    blueprint = {"id": "1", "email_settings": {"sender": {"id": sender_id}}}
    audience = {"list_id": list_id}
    workflow_id = call("create_workflow", 201, json={"name": "Hello", "audience": audience, "blueprint": blueprint})[
        "id"
    ]
    call("get_workflow", workflow_id=workflow_id)
    call("lock_workflow", workflow_id=workflow_id, json={"key": "editor-of-anna"})
    key = {"lock_key": "editor-of-anna"}
    call(
        "patch_workflow",
        workflow_id=workflow_id,
        query=key,
        json={"goal": "Turn subscribers into readers", "trigger": "manual"},
    )
    call("unlock_workflow", workflow_id=workflow_id, json={"key": "editor-of-anna"})
    first = call("list_actions", workflow_id=workflow_id)["data"][0]["id"]
    html = '<html><body><p>Hello [first_name,friend]</p><p><a href="https://example.com/gift">Your gift</a></p></body></html>'
    body = {
        "name": "A gift",
        "parent_id": first,
        "condition": "clicked",
        "delay": 86_400,
        "type": "email",
        "email_settings": {"content": {"subject": "A gift", "html": html}, "sender": {"id": sender_id}},
    }
    action_id = call("create_action", 201, workflow_id=workflow_id, json=body)["id"]
    at = {"workflow_id": workflow_id, "action_id": action_id}
    call("get_action", **at)
    call("patch_action", **at, json={"delay": 172_800, "email_settings": {"content": {"subject": "A gift for you"}}})
    call("render_action", **at, query={"contact_id": contact_id})
    call("send_test_action", **at, json={"email": "anna@example.com", "type": "merged"})
    call("get_workflow_diagram", workflow_id=workflow_id)
    call("activate_workflow", workflow_id=workflow_id)
    call("list_workflows", query={"sort": "-created_on"})
    call("start_workflow", workflow_id=workflow_id, json={"contact_ids": [contact_id]})
    platform.drain()
    call("list_workflow_contacts", workflow_id=workflow_id)
    call("remove_contact_from_workflow", workflow_id=workflow_id, contact_id=contact_id)
    call("get_action_logs", workflow_id=workflow_id, action_id=first, query={"filter": "type==sent"})
    call("get_action_stats", workflow_id=workflow_id, action_id=first)
    call("deactivate_workflow", workflow_id=workflow_id)
    call("delete_action", **at)
    call("delete_workflow", workflow_id=workflow_id)


def _taken_down(story: Story, platform: Any, list_id: int, segment_id: int, contact_id: int, sender_id: str) -> None:
    call = story.call
    call("unsubscribe_contact", list_id=list_id, contact_id=contact_id)
    call("export_person", json={"email": "ben@example.com"})
    call("delete_contact", list_id=list_id, contact_id=contact_id)
    call("erase_person", json={"email": "cleo@example.com"})
    call("lift_erasure", json={"email": "cleo@example.com"})
    call("delete_segment", list_id=list_id, segment_id=segment_id)
    call("delete_interest", list_id=list_id, interest_name="jazz")
    call("delete_custom_attribute", list_id=list_id, name="city")
    call("delete_tag", tag="client")
    platform.drain()
    call("delete_list", list_id=list_id)
    platform.drain()


def test_every_operation_has_an_example(examples):
    assert set(examples) == set(OPERATIONS)


def test_the_examples_of_the_document_are_the_answers_of_the_story(examples):
    if os.environ.get("WRITE_EXAMPLES"):
        before = json.loads(EXAMPLES.read_text(encoding="utf-8"))
        kept = {
            name: before[name] if _steady(before.get(name)) == _steady(example) else example
            for name, example in sorted(examples.items())
        }
        EXAMPLES.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    written = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    for name in OPERATIONS:
        assert _steady(written[name]) == _steady(examples[name]), (
            f"{name}: run with WRITE_EXAMPLES=1, then `make openapi`"
        )


def _steady(value: Any, name: str = "") -> Any:
    """The value with types in the place of whatever differs from run to run."""
    if isinstance(value, dict):
        return {key: _steady(member, key) for key, member in value.items()}
    if isinstance(value, list):
        return [_steady(member, name) for member in value]
    if name == "response" and isinstance(value, str):  # a text, in which ids may be
        return re.sub(r"\d+", "0", value)
    if name == "msg" and isinstance(value, str):  # a warning, which names an action by its id
        return re.sub(r"^Action \d+", "Action 0", value)
    return type(value).__name__ if {name, re.split("[_-]", name)[-1].lower()} & VARIES else value
