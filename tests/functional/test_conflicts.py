"""Each write conflicts with another transaction at the first attempt, as DynamoDB reports it; no write is lost."""

import hashlib
import io
import json
import uuid

import httpx
import pytest
from botocore.awsrequest import AWSResponse
from botocore.httpsession import URLLib3Session

from postrider import bootstrap
from postrider.aws import retries as conflicts
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.campaigns import add_contacts, make_campaign
from tests.testing.factories.lists import make_list

WRITES = {"PutItem", "UpdateItem", "DeleteItem", "TransactWriteItems"}
ERROR = "com.amazonaws.dynamodb.v20120810#"


class Raw(io.BytesIO):
    def stream(self, **_):
        yield self.read()


@pytest.fixture
def met(monkeypatch):
    """The operations that were refused."""
    refused, seen, send = [], set(), URLLib3Session.send

    def sometimes(http, request):
        operation = str(request.headers.get("X-Amz-Target", b""), "ascii").rpartition(".")[2]
        if operation not in WRITES or (digest := hashlib.sha256(request.body).digest()) in seen:
            return send(http, request)
        seen.add(digest)
        refused.append(operation)
        return AWSResponse(request.url, 400, {"content-type": "application/x-amz-json-1.0"}, Raw(told(operation)))

    monkeypatch.setattr(URLLib3Session, "send", sometimes)
    monkeypatch.setattr(conflicts, "FIRST_PAUSE_S", 0)
    return refused


def told(operation):
    if operation == "TransactWriteItems":
        reasons = [{"Code": "None"}, {"Code": "TransactionConflict", "Message": "Transaction is ongoing for the item"}]
        body = {"__type": f"{ERROR}TransactionCanceledException", "CancellationReasons": reasons, "Message": "..."}
    else:
        body = {"__type": f"{ERROR}TransactionConflictException", "message": "Transaction is ongoing for the item"}
    return json.dumps(body).encode()


def test_contacts_campaign_and_export_come_out_as_without(platform, met):
    owner = make_owner()
    list_id = make_list(owner)
    mark = uuid.uuid4().hex[:8]
    emails = [f"{name}.{mark}@example.com" for name in ("ann", "bob", "eve")]
    ids = add_contacts(owner, list_id, *emails)
    more = [{"email": f"r{number}.{mark}@example.com"} for number in range(1100)]
    for start in (0, 600):
        body = {"contacts": more[start : start + 600]}
        assert owner.api.post(f"/lists/{list_id}/import-contacts", json=body).status == 201
    owner.api.post(f"/lists/{list_id}/contacts/{ids[0]}/unsubscribe")
    owner.api.post("/suppressed-emails", json={"email": emails[1]})
    assert platform.drain().failed == []
    campaign_id = make_campaign(owner, list_id=list_id)
    assert owner.api.post(f"/campaigns/{campaign_id}/schedule").status == 200
    assert platform.drain().failed == []
    campaign = bootstrap.campaigns().get(owner.account_id, campaign_id)
    totals = bootstrap.delivery().totals(campaign)
    assert (campaign.status, totals.tally.sent, totals.tally.total) == ("delivered", 1101, 1101)
    assert totals.tally == bootstrap.delivery().recount(campaign)
    export_id = owner.api.post(f"/lists/{list_id}/exports").json["id"]
    assert platform.drain().failed == []
    url = owner.api.get(f"/lists/{list_id}/exports/{export_id}/download").json["data"]["url"]
    assert len(httpx.get(url).text.splitlines()) == 1104
    assert owner.api.delete(f"/lists/{list_id}").status == 200
    assert platform.drain().failed == []
    assert set(met) == WRITES, "each of them was refused at least once"


def test_a_write_whose_condition_does_not_hold_is_not_made_again(platform, met):
    owner = make_owner()
    list_id = make_list(owner)
    add_contacts(owner, list_id, "same@example.com")
    del met[:]
    assert owner.api.post("/tags", json={"tag": "a"}).status == 201
    assert owner.api.post("/tags", json={"tag": "a"}).status == 400
