"""A fresh process makes few clients, whatever its first calls read and write."""

import json

from infra.bench import first_calls
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.campaigns import add_contacts
from tests.testing.factories.lists import make_list
from tests.testing.harness import http_event

MOST_CLIENTS = 4


def test_a_fresh_process_makes_at_most_four_clients(platform, monkeypatch):
    owner = make_owner()
    list_id = make_list(owner)
    (contact_id,) = add_contacts(owner, list_id, "ann@example.com")
    headers = {"Authorization": f"Bearer {owner.token}", "Content-Type": "application/json"}
    path = f"/lists/{list_id}/contacts"
    calls = {
        "GET": http_event("GET", f"{path}/{contact_id}", headers=headers),
        "page": http_event("GET", path, headers=headers),
        "POST": http_event("POST", path, headers=headers, body=json.dumps({"email": "bob@example.com"})),
    }
    monkeypatch.setattr(first_calls, "FRESH_PROCESSES", 1)
    with platform.aws.environment_of_processes() as environment:
        measured = first_calls.measure({name: [event] for name, event in calls.items()}, environment)
    made = [clients for _, clients in measured.values()]
    assert made[0] == 1, "the client of DynamoDB is made while the function starts"
    assert made[-1] <= MOST_CLIENTS
