"""Transactional messages over Customer.io's App API."""

from postrider.kit.clock import unix
from tests.testing.customerio import make_client
from tests.testing.factories.accounts import make_owner


def test_templates_with_a_trigger_name_are_transactional_messages(platform):
    owner = make_owner()
    client = make_client(owner)
    assert client.get("/v1/transactional").json == {"messages": []}
    template = {"name": "Receipt", "content": {"type": "html", "subject": "Paid", "html": "<p>Thanks</p>"}}
    plain = owner.api.post("/templates", json=template).json["id"]
    created = unix(platform.clock())
    named = owner.api.post("/templates", json=template | {"name": "Paid", "trigger_name": "order-paid"}).json["id"]
    shown = {
        "id": named,
        "name": "Paid",
        "trigger_name": "order-paid",
        "description": "",
        "send_to_unsubscribed": True,
        "link_tracking": True,
        "open_tracking": True,
        "hide_message_body": False,
        "queue_drafts": False,
        "created_at": created,
        "updated_at": created,
    }
    assert client.get("/v1/transactional").json == {"messages": [shown]}
    assert client.get(f"/v1/transactional/{named}").json == {"message": shown}
    other = client.get(f"/v1/transactional/{plain}").json["message"]
    assert (other["id"], other["trigger_name"]) == (plain, None)
    assert client.get(f"/v1/transactional/{2**40}").status == 404
    assert client.get("/v1/transactional/receipt").status == 400
