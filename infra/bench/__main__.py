"""Run `make bench`: measure, print, and write the figures into docs/benchmarks.md.

Settings: SIZES (contacts, "1000,10000,50000"), PARTS ("counts,journeys,triggers,people,rate,timings"; "filters" searches 100,000
contacts, "local" measures the deployed local stack).
"""

import os
import subprocess
import sys

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
from infra.bench.tables import write
from postrider.kit.observability import logger


def main() -> int:
    parts = (os.environ.get("PARTS") or "counts,journeys,triggers,people,rate,timings").split(",")
    if len(parts) > 1:  # each in its own process, which has one client of DynamoDB
        for part in parts:
            subprocess.run([sys.executable, "-m", "infra.bench"], env=os.environ | {"PARTS": part}, check=True)
        return 0
    sizes = [int(size) for size in (os.environ.get("SIZES") or "1000,10000,50000").split(",")]
    logger.setLevel("ERROR")  # omit the line per request
    if "counts" in parts:
        with work.platform_here() as platform:
            write("counts", list(counts.measure(platform, sizes)))
    if "journeys" in parts:
        with work.platform_here() as platform:
            write("journeys", list(journeys.measure(platform, sizes[:2])))
    if "triggers" in parts:
        with work.platform_here() as platform:
            write("triggers", list(triggers.measure(platform, sizes[:2])))
    if "people" in parts:
        with work.platform_here() as platform:
            write("people", list(people.measure(platform)))
    if "rate" in parts:
        write("rate", list(sending_rate.measure()))
    if "timings" in parts:
        tables = [timings.imports()]
        with work.platform_here() as platform:
            tables += [timings.first_calls(platform), timings.sending(platform), timings.requests(platform)]
        write("timings", tables)
    if "filters" in parts:
        with work.platform_here() as platform:
            write("filters", list(filters.measure(platform)))
    if "local" in parts:
        local_stack.main()
        local_clients.main()
    write("comparison", [comparison.comparison()])
    return 0


if __name__ == "__main__":
    sys.exit(main())
