"""Measure what a trigger of a broadcast costs: looking up the named people, planning, and sending to them."""

from collections.abc import Iterator, Sequence

from infra.bench import work
from infra.bench.meter import Meter
from infra.bench.tables import Table
from postrider import bootstrap
from tests.conftest import Platform
from tests.testing.customerio import CustomerioApi, make_client
from tests.testing.factories.campaigns import make_campaign

PEOPLE = 1000
CONTENT = {"subject": "{{ trigger.title }}", "html": "<p>{{ trigger.offer | default: 'none' }}</p>[UNSUBSCRIBE]"}


def measure(platform: Platform, sizes: Sequence[int]) -> Iterator[Table]:
    table = Table(
        f"A trigger of a broadcast for {PEOPLE:,} named people",
        ["contacts in the list", "part", "AWS calls besides SES", "write units", "read units"],
    )
    for size in sizes:
        audience = work.make_audience()
        work.import_rows(platform, audience, 0, size)
        platform.drain()
        # people who are spread over all blocks of the list
        emails = [str(work.person(number)["email"]) for number in range(0, size, max(1, size // PEOPLE))][:PEOPLE]
        _trigger(platform, table, audience, emails, size, has_data=False)
        _trigger(platform, table, audience, emails, size, has_data=True)
    yield table


def call_of(audience: work.Audience) -> tuple[CustomerioApi, str]:
    """Return a client, and the path of the triggers of a new broadcast."""
    broadcast_id = make_campaign(
        audience.owner,
        list_id=audience.list_id,
        sender_id=audience.sender_id,
        content=CONTENT,
        triggered=True,
    )
    return make_client(audience.owner), f"/v1/campaigns/{broadcast_id}/triggers"


def trigger(client: CustomerioApi, path: str, emails: Sequence[str], *, has_data: bool) -> int:
    """Trigger a broadcast for these people and return the number of the trigger."""
    users = [{"email": email, "data": {"offer": f"Offer for {email}"}} for email in emails]
    people = {"per_user_data": users} if has_data else {"emails": list(emails)}
    answer = client.post(path, {**people, "data": {"title": "Today"}})
    assert answer.status == 200, answer.text
    return int(answer.json["id"])


def _trigger(
    platform: Platform, table: Table, audience: work.Audience, emails: Sequence[str], size: int, *, has_data: bool
) -> None:
    client, path = call_of(audience)
    client.get(path.removesuffix("/triggers"))  # the caller is cached from here on
    with Meter() as call:
        number = trigger(client, path, emails, has_data=has_data)
    with Meter() as planning:
        assert not platform.drain("plan-runs").failed
    with Meter() as sending:
        work.send_orders(platform)
    broadcast_id = int(path.split("/")[3])
    child = bootstrap.campaigns().child(audience.owner.account_id, broadcast_id, number)
    assert work.sent_count(audience, child.id) == len(emails)
    kind = "with data of their own" if has_data else "by address"
    for part, meter in ((f"the call, {kind}", call), ("start, plan", planning), ("claim, send, record", sending)):
        table.add(size, part, _besides_ses(meter), round(meter.write_units), round(meter.read_units))


def _besides_ses(meter: Meter) -> int:
    return sum(count for name, count in meter.calls.items() if not name.startswith("sesv2"))
