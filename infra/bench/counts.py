"""Measure figures that do not depend on the machine: AWS calls and DynamoDB units of each kind of work."""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

from infra.bench import work
from infra.bench.meter import Meter
from infra.bench.tables import Table
from postrider import bootstrap
from postrider.contacts.mapping import ADDRESS_BUCKETS
from postrider.contacts.model import BLOCK_SIZE
from tests.conftest import Platform
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.campaigns import make_campaign
from tests.testing.factories.lists import make_list, make_sender

PAGE, ROWS_A_PAGE = 100, 50
LARGEST_FILE = 10_000
"""Rows of the largest measured CSV file; files and calls of 1,000 rows are written by the same code."""
MILLION = 1_000_000


def measure(platform: Platform, sizes: Sequence[int]) -> Iterator[Table]:
    imports = Table("Imports, per 1,000 rows", ["rows", "work", "AWS calls", "write units", "read units"])
    campaigns = Table(
        "Campaigns, per 1,000 recipients",
        ["recipients", "part", "AWS calls besides SES", "write units", "read units"],
    )
    listing = Table("Pages of 100 contacts", ["contacts in the list", "page", "requests to DynamoDB", "read units"])
    for size in sizes:
        audience = work.make_audience()
        first = work.metered(work.import_rows, platform, audience, 0, size)
        imports.add(size, "new rows, JSON calls of 1,000", *_per_thousand(first, size))
        again = work.metered(work.import_rows, platform, audience, 0, min(size, 1000))
        imports.add(size, "the same rows again", *_per_thousand(again, min(size, 1000)))
        if size <= LARGEST_FILE:
            _file(platform, imports, size)
        _pages(listing, audience, size)
        _campaign(platform, campaigns, audience, size)
        blocks = len(bootstrap.contacts().blocks_of(audience.owner.account_id, audience.list_id))
        on_paper = _on_paper(size, first, blocks)
    yield imports
    yield on_paper
    yield campaigns
    yield listing
    yield _nouns()
    yield _events(platform)
    yield _transactional(platform)


def _file(platform: Platform, table: Table, size: int) -> None:
    audience = work.make_audience()
    table.add(
        size, "new rows, CSV file", *_per_thousand(work.metered(work.import_file, platform, audience, size), size)
    )


def _campaign(platform: Platform, table: Table, audience: work.Audience, size: int) -> None:
    with Meter() as before:
        campaign_id = work.start_campaign(platform, audience)
    with Meter() as sending:
        work.send_orders(platform)
    with Meter() as after:
        work.recount(platform)
    assert work.sent_count(audience, campaign_id) == size
    table.add(size, "create, schedule, start, plan", *_per_thousand(before, size))
    table.add(size, "claim, send, record", *_per_thousand(sending, size))
    table.add(size, "recount", *_per_thousand(after, size))
    whole = [meter.total_calls for meter in (before, sending, after)]
    writes = sum(meter.write_units for meter in (before, sending, after))
    reads = sum(meter.read_units for meter in (before, sending, after))
    table.add(size, "**all**", *(_rounded(number * 1000 / size) for number in (sum(whole), writes, reads)))


def _pages(table: Table, audience: work.Audience, size: int) -> None:
    def add(name: str, path: str = "", **query: Any) -> Any:
        with Meter() as meter:
            answer = work.page(audience, path, per_page=PAGE, **query)
        requests = sum(count for call, count in meter.calls.items() if call.startswith("dynamodb"))
        table.add(size, name, requests, meter.read_units)
        return answer

    work.page(audience, per_page=1)  # the caller is cached for a minute
    add("the first, by id")
    answer = add("with_count=true", with_count="true")
    add("the next, by cursor", cursor=answer["pagination"]["cursor"]["next"])
    last = size // PAGE // 2 + 1
    work.page(audience, per_page=PAGE, page=last - 1)
    add("in the middle, by its number, after the one before it", page=last)
    add("by email address", sort="email")
    add("filter=status==unsubscribed (nobody)", filter="status==unsubscribed")
    add("filter=email of one person", filter=f"email=={work.person(size // 2)['email']}")
    segment = work.make_segment(audience, '`city` = "City 7"')
    add("of a segment with 2 %", f"/segments/{segment}")
    add("the same with_count=true: the whole list is read", f"/segments/{segment}", with_count="true")


def _nouns() -> Table:
    table = Table("Pages of 50 lists and of 50 campaigns", ["page", "AWS calls", "read units"])
    owner = make_owner()
    list_ids = [make_list(owner) for _ in range(ROWS_A_PAGE)]
    sender_id = make_sender(owner)
    for _ in range(ROWS_A_PAGE):
        make_campaign(owner, list_id=list_ids[0], sender_id=sender_id)
    owner.api.get("/lists", query={"per_page": 1})  # the caller is cached for a minute
    for path in ("/lists", "/campaigns"):
        with Meter() as meter:
            answer = owner.api.get(path, query={"per_page": ROWS_A_PAGE})
        assert len(answer.json["data"]) == ROWS_A_PAGE, answer.text
        table.add(f"GET {path}", meter.total_calls, meter.read_units)
    return table


def _transactional(platform: Platform) -> Table:
    table = Table("Transactional mail, per mail", ["part", "AWS calls besides SES", "write units", "read units"])
    owner = make_owner()
    content = {"subject": "Your receipt", "html": work.HTML, "encoding": "utf-8"}
    body = {"email": "reader@example.com", "sender": {"id": make_sender(owner)}, "content": content}

    def call() -> None:
        for _ in range(work.EVENTS_TOGETHER):
            assert owner.api.post("/emails", json=body).status == 201

    def send() -> None:
        assert platform.drain("send-transactional").handled >= work.EVENTS_TOGETHER

    assert (
        owner.api.post("/emails", json=body).status == 201
    )  # the caller, and the limits of SES, are known from here on
    platform.drain("send-transactional")
    for name, do in (("the call", call), ("claim, send, record", send)):
        meter = work.metered(do)
        totals = (meter.total_calls, meter.write_units, meter.read_units)
        table.add(name, *(round(total / work.EVENTS_TOGETHER, 2) for total in totals))
    return table


def _events(platform: Platform) -> Table:
    from functions.workers.record_engagement.handler import lambda_handler as track
    from functions.workers.record_ses_events.handler import lambda_handler as record
    from postrider.tracking.tokens import TokenPurpose

    table = Table("What recipients do, per event", ["event", "AWS calls", "write units", "read units"])
    campaign = work.make_sent()
    platform.clock.move(timedelta(hours=5))
    count = len(campaign.contact_ids)
    platform.aws.purge()

    def add(name: str, do: Callable[..., Any], *args: Any, **options: Any) -> None:
        meter = work.metered(do, *args, **options)
        table.add(name, *(round(n / count, 2) for n in (meter.total_calls, meter.write_units, meter.read_units)))

    work.put_events(platform, campaign, "Send")
    add(f"sent: SES's event, {work.EVENTS_TOGETHER} together", work.work_off, platform, "record-ses-events", record)
    add("open: the pixel's answer", work.visit, campaign, TokenPurpose.OPEN)
    add(f"open: recorded, {work.EVENTS_TOGETHER} together", work.work_off, platform, "record-engagement", track)
    add("click: the redirect", work.visit, campaign, TokenPurpose.CLICK, link_id=1)
    add(f"click: recorded, {work.EVENTS_TOGETHER} together", work.work_off, platform, "record-engagement", track)
    work.put_bounces(platform, campaign)
    add(f"hard bounce, {work.EVENTS_TOGETHER} together", work.work_off, platform, "record-ses-events", record)
    return table


def _on_paper(rows: int, meter: Meter, blocks: int) -> Table:
    """Extrapolate the figures of an import of `rows` rows to a million rows."""
    table = Table(f"A million imported rows, reckoned from {rows:,}", ["what", "how much"])
    table.add("write units", f"{meter.write_units / rows * MILLION:,.0f}")
    table.add("read units", f"{meter.read_units / rows * MILLION:,.0f}")
    table.add("AWS calls", f"{meter.total_calls / rows * MILLION:,.0f}")
    table.add("partitions of contacts", f"{blocks / rows * MILLION:,.0f}")
    table.add("items in the largest of them", f"{BLOCK_SIZE:,}")
    table.add("partitions of claimed addresses", ADDRESS_BUCKETS)
    table.add("items in the largest of them, about", f"{MILLION // ADDRESS_BUCKETS:,}")
    return table


def _per_thousand(meter: Meter, size: int) -> list[Any]:
    return [_rounded(n * 1000 / size) for n in (meter.total_calls, meter.write_units, meter.read_units)]


def _rounded(number: float) -> int:
    return round(number)
