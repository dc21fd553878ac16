"""Make, change and delete an audience and its merge fields with the official client of the Docs Marketing API."""

import json
import os
import sys
from typing import Any

from mailchimp_marketing import Client
from mailchimp_marketing.api_client import ApiClientError

given = json.loads(sys.argv[1])
client = Client({"api_key": os.environ["DOCS_KEY"]})
client.api_client.host = f"{os.environ['DOCS_URL']}/3.0"
AUDIENCE: dict[str, Any] = {
    "name": given["mark"],
    "contact": {"company": "Example Ltd", "address1": "Main Street 1", "city": "Berlin", "zip": "1", "country": "DE"},
    "permission_reminder": "You signed up.",
    "campaign_defaults": {"from_name": "Ann", "from_email": "ann@example.com", "subject": "News", "language": "en"},
    "email_type_option": False,
}


def refusal(call: Any, *arguments: Any) -> dict[str, Any]:
    """Return the problem document of a refused call: the client hands it over as text."""
    try:
        call(*arguments)
    except ApiClientError as error:
        problem: dict[str, Any] = json.loads(error.text)
        return problem
    return {}


made = client.lists.create_list(AUDIENCE)
list_id = made["id"]
client.lists.update_list(list_id, {"name": f"{given['mark']} changed"})
field = client.lists.add_list_merge_field(
    list_id, {"name": "Colour", "type": "dropdown", "options": {"choices": ["red"]}}
)
client.lists.update_list_merge_field(list_id, field["merge_id"], {"name": "Colour", "help_text": "Choose."})
said = {
    "ping": client.ping.get(),
    "root": client.root.get_root(fields=["account_name", "total_subscribers"]),
    "made": made,
    "audience": client.lists.get_list(list_id, include_total_contacts=True),
    "page": client.lists.get_all_lists(fields=["lists.id", "lists.stats.member_count", "total_items"], count=1000),
    "fields": client.lists.get_list_merge_fields(list_id, count=100)["merge_fields"],
    "activity": client.lists.get_list_recent_activity(list_id),
    "not_built": refusal(client.campaigns.list),
    "invalid": refusal(client.lists.create_list, {"name": "x"}),
    "deleted": [
        client.lists.delete_list_merge_field(list_id, field["merge_id"]).status_code,
        client.lists.delete_list(list_id).status_code,
    ],
    "gone": refusal(client.lists.get_list, list_id),
}
sys.stdout.write(json.dumps(said))
