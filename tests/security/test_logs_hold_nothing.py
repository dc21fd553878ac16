"""Whatever happens, no address, value, password or token gets into a log."""

import re
import uuid
from datetime import timedelta

import pytest

from postrider import bootstrap
from postrider.http import Operations, build_app, entrypoint
from postrider.http.main.dialect import MAIN
from postrider.mail_events.source import MailSource
from postrider.tracking.tokens import MailToken, TokenPurpose
from tests.testing.factories.accounts import PASSWORD, make_owner
from tests.testing.factories.campaigns import make_campaign
from tests.testing.factories.lists import make_list
from tests.testing.harness import CONTEXT, Api, http_event
from tests.testing.logs import captured_lines


@pytest.fixture
def lines():
    with captured_lines() as written:
        yield written


def canary():
    return f"canary{uuid.uuid4().hex}"


def test_a_whole_story_leaves_nothing_private_in_the_logs(platform, lines, capfd):
    person, value, guess, suppressed = canary(), canary(), canary(), canary()
    owner = make_owner(email=f"{canary()}@example.com")
    api = owner.api
    list_id = make_list(owner)
    api.post(f"/lists/{list_id}/custom-attributes", json={"name": "city", "type": "text"})
    contact = {"email": f"{person}@example.com", "custom_attributes": [{"name": "city", "value": value}]}
    contact_id = api.post(f"/lists/{list_id}/contacts", json=contact).json["data"]["id"]
    for rows in ([contact], [contact, {"email": f"{person} is none"}]):
        api.post(f"/lists/{list_id}/import-contacts", json={"contacts": rows})
    api.post(f"/lists/{list_id}/contacts", json={**contact, "custom_attributes": [{"name": value, "value": value}]})
    api.post("/suppressed-emails", json={"email": f"{suppressed}@example.com"})
    api.delete(f"/suppressed-emails/{suppressed}@example.com")
    api.get(f"/lists/{list_id}/contacts", query={"filter": f"email=={person}@example.com"})
    api.get(f"/lists/{list_id}/contacts", query={"query": f'`nothing` = "{value}"'})
    api.post(f"/lists/{list_id}/exports", query={"filter": f"email=={person}@example.com"})
    Api().post("/token", form={"username": f"{person}@example.com", "password": guess})
    Api().post("/token", form={"username": guess, "password": guess, "scopes": guess})
    Api(guess).get("/lists")
    api.post("/lists", json={"name": {"first": value}}, headers={"Idempotency-Key": guess})
    campaign_id = make_campaign(owner, list_id=list_id)
    api.post(f"/campaigns/{campaign_id}/send-test", json={"emails": [f"{person}@example.com"], "type": "merged"})
    api.post(f"/campaigns/{campaign_id}/schedule")
    platform.drain()
    sent = MailToken(
        account_id=owner.account_id, source=MailSource.campaign(campaign_id), list_id=list_id, contact_id=contact_id
    )
    tokens = {purpose: bootstrap.mail_tokens().make(purpose, sent) for purpose in TokenPurpose}
    platform.clock.move(timedelta(hours=1))
    Api().get(f"/o/{tokens[TokenPurpose.OPEN]}", headers={"User-Agent": value, "Referer": value})
    Api().post(f"/u/{tokens[TokenPurpose.UNSUBSCRIBE]}", form={"List-Unsubscribe": "One-Click", "more": value})
    api.post("/people/export", json={"email": f"{person}@example.com"})
    api.post("/people/erase", json={"email": f"{person}@example.com"})
    platform.drain()
    written = "\n".join(lines) + "".join(capfd.readouterr())
    assert len(lines) > 20
    private = [person, value, guess, suppressed, owner.email, owner.token, PASSWORD, *tokens.values()]
    assert [value for value in private if value in written] == []
    assert re.findall(r"[\w.-]+@example\.com", written) == []


def test_the_message_of_a_fault_is_logged_without_addresses_and_tokens(platform, lines):
    """Libraries quote what they could not take."""
    token = make_owner().token
    operations = Operations("Test", MAIN)

    @operations.get("/fails", "Fails", public=True)
    def fails() -> None:
        raise RuntimeError(f"cannot take 'Ann <ann@example.com>' with {token}")

    answer = entrypoint(build_app(operations, dialect=MAIN))(http_event("GET", "/fails"), CONTEXT)
    assert (answer["statusCode"], answer["body"]) == (500, '{"detail":"Internal Server Error"}')
    (fault,) = [line for line in lines if '"fault"' in line]
    assert "RuntimeError: cannot take 'Ann <<...>>' with <...>" in fault
    assert '"service":' in fault
