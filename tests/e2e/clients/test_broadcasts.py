"""Broadcasts triggered with Customer.io's client for Node, and sent by the deployed stack."""

import time
from typing import Any

from infra.local import demo

SHAPES = ("own", "filter", "addresses", "ids", "map", "file", "unknown")
CONTENT = {
    "subject": "{{ trigger.title }}",
    "html": '<p>Hello</p><p><a href="https://example.com/offer">Offer</a></p><a href="[UNSUBSCRIBE]">Leave</a>',
}


def test_a_broadcast_is_triggered_in_six_shapes(
    clients: Any, api: demo.Api, deployment: Any, default_list_id: int
) -> None:
    """Each reaches whom it names, once; a second one within ten seconds and one for unknown people are refused."""
    sender_id = demo.confirmed_sender(api, deployment.email)
    list_id, mark = default_list_id, f"broadcast{int(time.time())}"
    emails = [f"{mark}.{name}@example.com" for name in "abc"]
    for email in (emails[0], emails[2]):
        api.call("POST", f"/lists/{list_id}/contacts", {"email": email})
    ids = clients.python("identify", email=emails[1], id=f"{mark}-b")["ids"]
    segment = {"name": mark, "query": f'`email` LIKE "{mark}.%"'}
    segment_id = api.call("POST", f"/lists/{list_id}/segments", segment)["id"]
    broadcasts = [_broadcast(api, shape, list_id, segment_id, sender_id) for shape in SHAPES]
    said = clients.node(
        "broadcast",
        broadcasts=broadcasts,
        emails=[emails[0].upper(), f"nobody.{mark}@example.com"],
        ids=ids,
        recipients={"attribute": {"field": "email", "operator": "eq", "value": emails[2]}},
        url="http://169.254.169.254/people.jsonl",
    )
    assert [trigger["id"] for trigger in said["triggers"]] == [1] * 6
    assert said["soon"]["status"] == 429
    assert said["unknown"]["status"] == 422
    assert said["unknown"]["message"].endswith("errors endpoint for trigger 1")
    assert said["errors"]["errors"] == ["line 2: no person has the id 'nobody'"]
    assert said["status"]["broadcast_id"] == broadcasts[0]
    assert set(broadcasts) <= set(said["listed"])
    assert set(broadcasts) <= set(said["used"]["campaigns"])
    expected = {
        emails[0]: ["Sale", "Sale"],  # the own audience, and by its address
        emails[1]: ["Own", "Sale", "Sale"],  # the own audience, by id, and in the map
        emails[2]: ["Sale", "Sale"],  # the own audience, and by the filter
    }

    def received() -> Any:
        mails = [mail for mail in api.inbox() if mark in mail.to]
        subjects = {email: sorted(mail.headers["Subject"] for mail in mails if mail.to == email) for email in emails}
        return subjects if len(mails) >= sum(map(len, expected.values())) else None

    assert demo.wait_for("the mails of the broadcasts", received) == expected


def _broadcast(api: demo.Api, shape: str, list_id: int, segment_id: int, sender_id: str) -> int:
    body = {
        "name": f"Broadcast by {shape}",
        "audience": {"list_id": list_id, "segment_id": segment_id},
        "sender": {"id": sender_id},
        "content": CONTENT,
        "triggered": True,
    }
    return int(api.call("POST", "/campaigns", body)["id"])
