"""Measure what Customer.io's API costs: imports of people, a trigger by ids, and pages of people, members and messages."""

from collections.abc import Iterator
from datetime import timedelta

from infra.bench import triggers, work
from infra.bench.meter import Meter
from infra.bench.tables import Table
from postrider import bootstrap
from postrider.contacts.identifiers import IdentifierKind
from postrider.imports.data_model import DataKind, DataOptions
from postrider.tasks.model import TaskType
from tests.conftest import Platform
from tests.testing.customerio import TRACK, make_client
from tests.testing.factories.accounts import Owner, make_owner
from tests.testing.factories.campaigns import make_campaign
from tests.testing.factories.lists import make_sender

PEOPLE = 1000
PAGE = 100
FILES = {
    "by email": ("email,city", "p{number}@example.com,City {place}"),
    "by id": ("id,city", "{number},City {place}"),
    "by id, with an address": ("id,email,city", "{number},p{number}@example.com,City {place}"),
}
"""Header and rows of a file. The first column names the people."""


def measure(platform: Platform) -> Iterator[Table]:
    imports = Table("An import of people, per 1,000 rows", ["people", "AWS calls", "write units", "read units"])
    for name, (columns, row) in FILES.items():
        owner = make_owner()
        add_column(owner)
        for kind, created in ((f"new, {name}", PEOPLE), (f"the same again, {name}", 0)):
            meter = work.metered(import_people, platform, owner, file_of(columns, row), created=created)
            imports.add(kind, meter.total_calls, round(meter.write_units), round(meter.read_units))
    yield imports
    yield _trigger(platform, owner)
    yield _pages(platform, owner)


def add_column(owner: Owner) -> None:
    """Make the attribute of the files."""
    list_id = bootstrap.lists().default(owner.account_id).id
    answer = owner.api.post(f"/lists/{list_id}/custom-attributes", json={"name": "city", "type": "text"})
    assert answer.status == 201, answer.text


def file_of(columns: str, row: str) -> str:
    return "\n".join([columns, *(row.format(number=number, place=number % 10) for number in range(PEOPLE))])


def import_people(platform: Platform, owner: Owner, text: str, *, created: int = PEOPLE) -> None:
    """Import a file of people by its first column, as the task does that has fetched it."""
    list_id = bootstrap.lists().default(owner.account_id).id
    upload_id, form = bootstrap.file_imports().offer_upload(owner.account_id, list_id)
    bootstrap.object_store().put(form.fields["key"], text.encode())
    kinds = {"email": IdentifierKind.EMAIL, "id": IdentifierKind.EXTERNAL_ID}
    column = text.partition("\n")[0].partition(",")[0]
    options = DataOptions(kind=DataKind.PEOPLE, key=kinds[column], key_column=column)
    payload = {"list_id": list_id, "data": options.as_json()}
    fetch = bootstrap.tasks().create(
        owner.account_id, type=TaskType.CONTACTS_IMPORT_FETCH, total=1, list_id=list_id, payload=payload
    )
    task = bootstrap.data_files().start(fetch, upload_id)
    assert platform.drain().failed == []
    assert bootstrap.tasks().get(owner.account_id, task.id).result["created"] == created


def _trigger(platform: Platform, owner: Owner) -> Table:
    table = Table(
        f"A trigger of a broadcast for {PEOPLE:,} ids",
        ["part", "AWS calls besides SES", "write units", "read units"],
    )
    list_id = bootstrap.lists().default(owner.account_id).id
    broadcast_id = make_campaign(
        owner, list_id=list_id, sender_id=make_sender(owner), content=triggers.CONTENT, triggered=True
    )
    client, path = make_client(owner), f"/v1/campaigns/{broadcast_id}/triggers"
    client.get(path.removesuffix("/triggers"))  # the caller is cached from here on
    body = {"ids": [str(number) for number in range(PEOPLE)], "data": {"title": "Today"}}
    with Meter() as call:
        assert client.post(path, body).status == 200
    with Meter() as planning:
        assert not platform.drain("plan-runs").failed
    with Meter() as sending:
        work.send_orders(platform)
    for part, meter in (("the call", call), ("start, plan", planning), ("claim, send, record", sending)):
        calls = sum(count for name, count in meter.calls.items() if not name.startswith("sesv2"))
        table.add(part, calls, round(meter.write_units), round(meter.read_units))
    return table


def _pages(platform: Platform, owner: Owner) -> Table:
    table = Table(f"Pages of {PAGE} of {PEOPLE:,}", ["page", "AWS calls", "read units"])
    client, track = make_client(owner), make_client(owner, TRACK)
    platform.clock.move(timedelta(seconds=30))
    made = client.post("/v1/segments", {"segment": {"name": "Members", "description": ""}})
    segment_id = made.json["segment"]["id"]
    members = {"ids": [str(number) for number in range(0, PEOPLE, 2)]}
    assert track.post(f"/api/v1/segments/{segment_id}/add_customers", members).status == 200
    is_in_city = {"attribute": {"field": "city", "operator": "eq", "value": "City 7"}}

    def search() -> int:
        answer = client.post("/v1/customers", {"filter": is_in_city}, query={"limit": PAGE})
        return len(answer.json["identifiers"])

    def membership() -> int:
        return len(client.get(f"/v1/segments/{segment_id}/membership", limit=PAGE).json["identifiers"])

    def messages() -> int:
        return len(client.get("/v1/messages", limit=PAGE).json["messages"])

    for name, page in (
        ("people with an attribute (one in ten)", search),
        ("members of a manual segment (one in two)", membership),
        ("messages", messages),
    ):
        page()  # the caller, the list and its attributes are known from here on
        with Meter() as meter:
            count = page()
        assert count == PAGE, (name, count)
        table.add(name, meter.total_calls, meter.read_units)
    return table
