"""Run `make bench`: measure, print, and write the figures into docs/benchmarks.md.

Settings: SIZES (contacts, "1000,10000,50000"), PARTS ("counts,journeys,triggers,people,rate,timings"; "filters" searches 100,000
contacts, "local" measures the deployed local stack).
"""

import os
import subprocess
import sys
from collections.abc import Callable, Iterable

from infra.bench import (
    comparison,
    counts,
    filters,
    journeys,
    local_clients,
    local_stack,
    people,
    sending_rate,
    timings,
    triggers,
    work,
)
from infra.bench.tables import Table, write
from postrider.kit.observability import logger
from tests.conftest import Platform


def main() -> int:
    parts = (os.environ.get("PARTS") or "counts,journeys,triggers,people,rate,timings").split(",")
    for part in parts:  # each in its own process, which has one client of DynamoDB
        subprocess.run([sys.executable, "-m", "infra.bench", part], check=True)
    return 0


def measure(part: str) -> None:
    sizes = [int(size) for size in (os.environ.get("SIZES") or "1000,10000,50000").split(",")]
    logger.setLevel("ERROR")  # omit the line per request
    match part:
        case "rate":
            write(part, list(sending_rate.measure()))
        case "local":
            local_stack.main()
            local_clients.main()
        case "timings":
            tables = [timings.imports()]
            with work.platform_here() as platform:
                tables += [timings.first_calls(platform), timings.sending(platform), timings.requests(platform)]
            write(part, tables)
        case _:
            with work.platform_here() as platform:
                write(part, list(MEASURES[part](platform, sizes)))
    write("comparison", [comparison.comparison()])


MEASURES: dict[str, Callable[[Platform, list[int]], Iterable[Table]]] = {
    "counts": counts.measure,
    "journeys": lambda platform, sizes: journeys.measure(platform, sizes[:2]),
    "triggers": lambda platform, sizes: triggers.measure(platform, sizes[:2]),
    "people": lambda platform, _: people.measure(platform),
    "filters": lambda platform, _: filters.measure(platform),
}
"""Parts that are measured on the services in this process."""


if __name__ == "__main__":
    sys.exit(measure(sys.argv[1]) if sys.argv[1:] else main())
