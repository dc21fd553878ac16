"""Measure what the way of contacts through a workflow costs: calls, units and transitions of each step."""

from collections.abc import Iterator, Sequence
from typing import Any

from infra.bench import work
from infra.bench.meter import Meter
from infra.bench.tables import Table
from infra.bill import READ_UNIT, WRITE_UNIT, measured
from postrider import bootstrap
from postrider.kit.chunks import in_chunks
from tests.conftest import Platform
from tests.testing.factories.journeys import Journey, Step, make_journey

STEPS, DELAY_S = 5, 3600
TRANSITION = 25 / 1_000_000
"""https://aws.amazon.com/step-functions/pricing/"""
TRANSITIONS_A_TURN = 3
"""An execution sleeps, calls, and chooses."""
MILLION = 1_000_000
IDS_A_CALL = 1000
MINUTES_A_MONTH = 30 * 24 * 60


def measure(platform: Platform, sizes: Sequence[int]) -> Iterator[Table]:
    table = Table(
        f"A workflow of {STEPS} delayed mails, per 1,000 contacts",
        ["contacts", "part", "AWS calls besides SES", "write units", "read units", "transitions, in all"],
    )
    for size in sizes:
        writes, reads = _cohort(platform, table, size)
    yield table
    yield _on_paper(sizes[-1], writes, reads)


def _cohort(platform: Platform, table: Table, size: int) -> tuple[float, float]:
    """Measure contacts that enter together; return all write and read units."""
    audience = work.make_audience()
    work.import_rows(platform, audience, 0, size)
    platform.drain()
    steps = [Step(delay_s=DELAY_S), *(Step(parent=place, delay_s=DELAY_S) for place in range(STEPS - 1))]
    journey = make_journey(audience.owner, audience.list_id, steps)
    ids = _contact_ids(audience)
    writes = reads = 0.0
    parts: list[tuple[str, Meter, int]] = []
    with Meter() as entering:
        for chunk in in_chunks(ids, IDS_A_CALL):
            path = f"/workflows/{journey.workflow.id}/start"
            answer = audience.owner.api.post(path, json={"contact_ids": list(chunk)})
            assert answer.status == 200, answer.text
        platform.drain("plan-runs")
    parts.append(("enter", entering, 0))
    for number in range(STEPS):
        before = platform.runner.transitions
        with Meter() as step:
            _send_step(platform, journey, number, size)
        parts.append((f"mail {number + 1}", step, platform.runner.transitions - before))
    for name, meter, transitions in parts:
        table.add(size, name, *_per_thousand(meter, size), transitions)
        writes, reads = writes + meter.write_units, reads + meter.read_units
    calls = sum(_besides_ses(meter) for _, meter, _ in parts)
    figures = [round(number * 1000 / size) for number in (calls, writes, reads)]
    table.add(size, "**all**", *figures, sum(transitions for _, _, transitions in parts))
    return writes, reads


def _contact_ids(audience: work.Audience) -> list[int]:
    contacts = bootstrap.contacts()
    blocks = contacts.blocks_of(audience.owner.account_id, audience.list_id)
    return [
        contact.id
        for block in blocks
        for contact in contacts.block_contacts(audience.owner.account_id, audience.list_id, block)
    ]


def _send_step(platform: Platform, journey: Journey, number: int, size: int) -> None:
    """Let time pass until the mail of an action was sent to all, then recount its runs."""
    source = journey.actions[number].source
    while bootstrap.events().counts(journey.account_id, source)["sent"] < size:
        moment = platform.runner.next_moment()
        assert moment is not None, "somebody is lost"
        platform.clock.move_to(max(moment, platform.clock()))
        platform.wake()
        platform.drain(*work.SENDING_QUEUES)
    work.recount(platform)


def _per_thousand(meter: Meter, size: int) -> list[Any]:
    numbers = (_besides_ses(meter), meter.write_units, meter.read_units)
    return [round(number * 1000 / size) for number in numbers]


def _besides_ses(meter: Meter) -> int:
    return sum(count for call, count in meter.calls.items() if not call.startswith("sesv2"))


def _on_paper(size: int, writes: float, reads: float) -> Table:
    """Reckon the figures of a million contacts, beside five campaigns to as many."""
    table = Table(f"A million contacts, reckoned from {size:,}", ["what", "how much"])
    per_contact = (writes * WRITE_UNIT + reads * READ_UNIT) / size
    _, campaign_writes, campaign_reads = measured("Campaigns, per 1,000 recipients", "10,000", "**all**")
    campaigns = STEPS * 1000 * (campaign_writes * WRITE_UNIT + campaign_reads * READ_UNIT)
    more = per_contact * MILLION - campaigns
    table.add(f"DynamoDB, above {STEPS} campaigns to as many", f"${more:,.2f}")
    for rate in (14, 200):
        minutes = MILLION / rate / 60
        transitions = TRANSITIONS_A_TURN * STEPS * (minutes + 1)
        table.add(
            f"transitions of a cohort at {rate} mails a second", f"{transitions:,.0f} (${transitions * TRANSITION:.2f})"
        )
    month = TRANSITIONS_A_TURN * STEPS * MINUTES_A_MONTH
    table.add("transitions, if they enter evenly over a month", f"at most {month:,.0f} (${month * TRANSITION:,.2f})")
    table.add("open executions at a time, at most", f"{STEPS}, one for each action")
    return table
