"""Campaign blueprints: finished contents that anybody may read."""

import pytest

from tests.testing.factories.accounts import make_owner
from tests.testing.factories.lists import make_list, make_sender
from tests.testing.harness import Api

pytestmark = pytest.mark.usefixtures("platform")
IDS = [row["id"] for row in Api().get("/campaign-blueprints").json["data"]]


def test_the_stock_is_read_without_a_token():
    rows = Api().get("/campaign-blueprints", query={"with_count": "true"}).json
    assert rows["pagination"]["count"] == len(IDS) >= 8
    assert {"announcement", "newsletter", "product", "event", "receipt", "welcome", "re-engagement", "letter"} <= {
        row["tags"][0] for row in rows["data"]
    }
    assert [row["id"] for row in Api().get("/campaign-blueprints", query={"filter": "tag==shop"}).json["data"]] == [3]
    assert Api().get("/campaign-blueprints", query={"filter": "is_owner==1"}).json["data"] == []


@pytest.mark.parametrize("blueprint_id", IDS)
def test_every_blueprint_makes_a_campaign_that_lacks_nothing(blueprint_id):
    owner = make_owner()
    body = {
        "name": "x",
        "audience": {"list_id": make_list(owner)},
        "sender": {"id": make_sender(owner)},
        "content": {"blueprint": {"id": blueprint_id}},
    }
    campaign = owner.api.post("/campaigns", json=body).json["data"]
    assert campaign["next_building_step"] is None
    content = Api().get(f"/campaign-blueprints/{blueprint_id}").json["data"]["content"]
    assert {name: campaign["content"][name] for name in content} == content
    assert owner.api.post(f"/campaigns/{campaign['id']}/schedule", json={}).status == 200


@pytest.mark.parametrize("blueprint_id", IDS)
def test_every_blueprint_is_rendered_for_an_example_company(blueprint_id):
    answer = Api().get(f"/campaign-blueprints/{blueprint_id}/render")
    assert answer.headers["content-type"].startswith("text/html")
    assert "Example Company" in answer.text
    body = answer.text.partition("<body")[2].replace("<!--[if", "").replace("<![endif]", "")
    assert "[" not in body


def test_an_unknown_blueprint_is_refused():
    for path in ("/campaign-blueprints/999", "/campaign-blueprints/999/render"):
        answer = Api().get(path)
        assert (answer.status, answer.json["detail"][0]["loc"]) == (400, ["path", "blueprint_id"])
