"""Compute what mails and an idle month cost, from measured counts and listed prices: `python -m infra.bill` writes README.md.

The counts are those of docs/benchmarks.md (`make bench PARTS=counts`). What is not measured there is a constant here, with
its reason. Free tiers are left out, except in an idle month, which they cover for the most part.
"""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from infra.concurrency import concurrency_of
from infra.functions import FUNCTIONS, QUEUES
from infra.rows import Function
from infra.stages import STAGES, Stage
from postrider.delivery.rate.rules import SHARE, senders_for
from postrider.delivery.rules import ROWS_KEPT
from postrider.kit.observability import AlarmMetric

ROOT = Path(__file__).parents[1]
BENCHMARKS, README = ROOT / "docs" / "benchmarks.md", ROOT / "README.md"
BEGIN, END = "<!-- bill -->\n", "<!-- /bill -->"

MILLION = 1_000_000
RATES = (14, 200, 1000)
"""Mails a second: an account that has just left the sandbox, a usual one, a large one."""

PRICES_LISTED = "November 2025, us-east-1"
WRITE_UNIT, READ_UNIT = 0.625 / MILLION, 0.125 / MILLION
"""https://aws.amazon.com/dynamodb/pricing/on-demand/"""
STORED_GB_MONTH = 0.25
GB_SECOND, INVOCATION = 0.0000133334, 0.20 / MILLION
"""On arm64: https://aws.amazon.com/lambda/pricing/"""
QUEUE_REQUEST = 0.40 / MILLION
"""https://aws.amazon.com/sqs/pricing/"""
TOPIC_REQUEST = 0.50 / MILLION
"""https://aws.amazon.com/sns/pricing/"""
API_REQUEST = 1.00 / MILLION
"""An HTTP API: https://aws.amazon.com/api-gateway/pricing/"""
LOGGED_GB = 0.50
"""https://aws.amazon.com/cloudwatch/pricing/"""
ALARM, KEY, SECRET = 0.10, 1.00, 0.40
MAIL, MAIL_ESSENTIALS = 0.10 / 1000, 0.16 / 1000
"""https://aws.amazon.com/ses/pricing/"""
FREE_ALARMS, FREE_QUEUE_REQUESTS = 10, MILLION

CALLS_TOGETHER = 10
"""Messages that Lambda receives, and deletes, with one request."""
EVENT_S, HIT_S = 0.002, 0.020
"""Time of a function for an event of a batch, and for a pixel or a click: mostly the wait for DynamoDB and SQS."""
LOGGED_BYTES = 1_500
"""The lines of Lambda and our own for a call."""
ROW_BYTES, LOG_ROW_BYTES = 350, 1_100
"""A row of a recipient, and a row of the log with its index; 100 bytes of each item are DynamoDB's own."""
ENGAGEMENT: Mapping[str, float] = {"open": 0.40, "click": 0.05, "hard bounce": 0.01}
"""Events per mail, those of machines included."""

MONTH_S = 30 * 24 * 3600
LONG_POLL_S = 20
MAX_POLLERS = 5
"""Maximum pollers of an empty queue: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html"""
ACCOUNT_ALARMS = 4
"""Faults of the API, throttles, and two rates of SES."""


def measured(title: str, *begins: str) -> list[float]:
    """Return the figures of a row of docs/benchmarks.md, by the beginnings of its first cells. Raises LookupError."""
    _, _, section = BENCHMARKS.read_text().partition(f"### {title}\n")
    for line in section.partition("\n#")[0].splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if len(cells) > len(begins) and all(map(str.startswith, cells, begins)):
            return [float(cell.replace(",", "")) for cell in cells[len(begins) :]]
    raise LookupError(f"docs/benchmarks.md has no row {begins} in {title!r}: run `make bench PARTS=counts`.")


def rows_cost() -> float:
    """Return the dollars for claiming, recording, counting and recounting a million recipients."""
    _, writes, reads = measured("Campaigns, per 1,000 recipients", "10,000", "**all**")
    return 1000 * (writes * WRITE_UNIT + reads * READ_UNIT)


def senders_cost(rate: float) -> float:
    """Return the dollars for the functions that send a million mails at a rate, with their waits."""
    seconds = MILLION / (SHARE * rate)
    return senders_for(rate) * seconds * _gb("send-chunks") * GB_SECOND


def ses_events_cost() -> float:
    """Return the dollars for a million events of SES, one for each mail: topic, queue, function, reads."""
    _, writes, reads = measured("What recipients do, per event", "sent: SES's event")
    return MILLION * (TOPIC_REQUEST + _recorded("record-ses-events", writes, reads))


def storage_cost(row_bytes: int) -> float:
    """Return the dollars for storing a million rows until they expire."""
    return row_bytes * MILLION / 1e9 * STORED_GB_MONTH * ROWS_KEPT.days / 30


def engagement_cost(event: str) -> float:
    """Return the dollars for a million opens, clicks or bounces: call, queue, function, log row and its storage."""
    queue = "record-ses-events" if event == "hard bounce" else "record-engagement"
    row = event if event == "hard bounce" else f"{event}: recorded"
    _, writes, reads = measured("What recipients do, per event", row)
    cost = MILLION * _recorded(queue, writes, reads) + storage_cost(LOG_ROW_BYTES)
    if event == "hard bounce":
        return cost + MILLION * TOPIC_REQUEST
    hit = API_REQUEST + INVOCATION + HIT_S * _gb("tracking") * GB_SECOND + LOGGED_BYTES / 1e9 * LOGGED_GB
    _, _, reads = measured("What recipients do, per event", "open: the" if event == "open" else "click: the")
    return cost + MILLION * (hit + reads * READ_UNIT)


def _recorded(queue: str, writes: float, reads: float) -> float:
    """Return the dollars for an event that a worker takes from its queue and records."""
    consumer = QUEUES[queue].consumes
    assert consumer is not None
    requests = 1 + 2 / CALLS_TOGETHER
    calls = 1 / consumer.batch * (INVOCATION + LOGGED_BYTES / 1e9 * LOGGED_GB)
    function = EVENT_S * _gb(queue) * GB_SECOND + calls
    return requests * QUEUE_REQUEST + function + writes * WRITE_UNIT + reads * READ_UNIT


def _gb(name: str) -> float:
    return _function(name).memory_mb / 1024


def _function(name: str) -> Function:
    return next(row for row in FUNCTIONS if row.name == name)


def alarm_count() -> int:
    schedules = sum(row.every_minutes is not None for row in FUNCTIONS)
    return len(QUEUES) + schedules + len(AlarmMetric) + ACCOUNT_ALARMS


def poll_count(stage: Stage = STAGES["prod"]) -> int:
    """Return how often Lambda asks the empty queues of a stage in a month."""
    pollers = sum(min(MAX_POLLERS, concurrency_of(row, stage)) for row in QUEUES.values())
    return pollers * MONTH_S // LONG_POLL_S


def idle_costs(stage: Stage = STAGES["prod"]) -> dict[str, float]:
    """Return the dollars for a month without mails and calls, by what they are for."""
    polls = poll_count(stage)
    return {
        "one asymmetric KMS key": KEY,
        "one secret": SECRET,
        f"{alarm_count()} alarms, {FREE_ALARMS} of which are free": (alarm_count() - FREE_ALARMS) * ALARM,
        f"{polls / MILLION:.1f} million receives of empty queues, a million of which is free": (
            max(0, polls - FREE_QUEUE_REQUESTS) * QUEUE_REQUEST
        ),
    }


def markdown() -> str:
    """Return the section of README.md."""
    plain = [[rows_cost()], [senders_cost(rate) for rate in RATES], [ses_events_cost()], [storage_cost(ROW_BYTES)]]
    sums = _sums(plain)
    engaged = [share * engagement_cost(event) for event, share in ENGAGEMENT.items()]
    shares = ", ".join(f"{event} {share:.0%}" for event, share in ENGAGEMENT.items())
    senders = ", ".join(str(senders_for(rate)) for rate in RATES)
    rows = [
        _row("dollars for a million mails at", [f"{rate:,} a second" for rate in RATES]),
        _row("---", ["---"] * len(RATES)),
        _row("claiming, recording and counting recipients (DynamoDB)", _dollars(plain[0])),
        _row(f"functions that send, with their waits ({senders} of 1 GB)", _dollars(plain[1])),
        _row("an event of SES for each mail (SNS, SQS, Lambda)", _dollars(plain[2])),
        _row(f"rows of recipients, stored for {ROWS_KEPT.days} days", _dollars(plain[3])),
        _row("**without engagement**", _dollars(sums)),
        _row(f"engagement ({shares}), its log stored", _dollars([sum(engaged)])),
        _row("**with engagement**", _dollars([total + sum(engaged) for total in sums])),
    ]
    idle = idle_costs()
    at_rates = {rate: sum(idle_costs(replace(STAGES["prod"], ses_rate=rate)).values()) for rate in RATES[1:]}
    faster = " and ".join(f"${cost:.2f} at {rate:,}" for rate, cost in at_rates.items())
    parts = ", ".join(f"{name} (${cost:.2f})" for name, cost in idle.items())
    return "\n".join(
        [
            "`python -m infra.bill` computes this from the counts of [docs/benchmarks.md](docs/benchmarks.md) and the prices of",
            f"{PRICES_LISTED}, without free tiers. SES comes on top: ${MAIL * MILLION:.0f} for a million mails à la carte, "
            f"${MAIL_ESSENTIALS * MILLION:.0f} with Essentials.",
            "",
            *rows,
            "",
            "At a low rate the wait of the functions that send is the largest part: two run as long as the campaign does.",
            "",
            f"An idle month costs ${sum(idle.values()):.2f}: {parts}.",
            f"That is at {STAGES['prod'].ses_rate:g} mails a second; where SES allows more, more functions ask the queues: "
            f"{faster}.",
            "The dashboard is free, and so are the calls of the schedules within the free tier of Lambda.",
            "",
        ]
    )


def _sums(parts: Sequence[Sequence[float]]) -> list[float]:
    return [sum(part[min(place, len(part) - 1)] for part in parts) for place in range(len(RATES))]


def _dollars(costs: Sequence[float]) -> list[str]:
    """Return a cell for each rate; a single cost is the same at all of them."""
    cells = [f"{cost:.2f}" for cost in costs]
    return cells if len(cells) == len(RATES) else cells * len(RATES)


def _row(name: str, cells: Sequence[str]) -> str:
    return f"| {name} | {' | '.join(cells)} |"


def main() -> int:
    text = README.read_text()
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    README.write_text(before + BEGIN + markdown() + END + after)
    print(markdown())
    return 0


if __name__ == "__main__":
    sys.exit(main())
