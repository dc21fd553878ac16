"""Measure figures that depend on the machine, each in turns with a bare operation for comparison."""

import gc
import importlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from infra.bench import first_calls as first_call_processes
from infra.bench import work
from infra.bench.tables import Table
from infra.functions import FUNCTIONS
from infra.rows import Function
from postrider import bootstrap
from postrider.adapters.ses import SesMailer
from postrider.kit.settings import names, table_name
from postrider.storage.dynamo import client, to_wire
from tests.conftest import Platform
from tests.testing.harness import CONTEXT, http_event
from tests.testing.standin import lambda_context, sqs_event

FRESH_PROCESSES = 5
BYTECODE = str(Path(tempfile.gettempdir()) / "postrider-bytecode")
FLOOR = "import boto3, pydantic, aws_lambda_powertools; from aws_lambda_powertools.event_handler import APIGatewayHttpResolver"
LIBRARIES = f"{FLOOR}; import aws_lambda_powertools.event_handler.openapi.params, pynamodb.models"
HANDLERS = (
    "functions.tracking.handler",
    "functions.pages.handler",
    "functions.workers.add_contacts.handler",
    "functions.workers.send_chunks.handler",
    "functions.workers.record_engagement.handler",
    "functions.schedules.sweep_runs.handler",
)
RECIPIENTS = 1000
REQUESTS = 200
PAGE = 50


def imports() -> Table:
    table = Table(
        f"Import of a handler, with the slowest module of an area: median CPU time of {FRESH_PROCESSES} fresh processes",
        ["module", "ms", "beside the floor", "beside the second row"],
    )
    handlers = (*(_slowest_of(area) for area in FUNCTIONS if area.modules), *HANDLERS)
    statements = {"floor": FLOOR, "libraries": LIBRARIES, **{name: f"import {name}" for name in handlers}}
    took: dict[str, list[float]] = {name: [] for name in statements}
    for _ in range(FRESH_PROCESSES):
        for name, statement in statements.items():
            took[name].append(_import_ms(statement))
    medians = {name: statistics.median(times) for name, times in took.items()}
    floor, libraries = medians.pop("floor"), medians.pop("libraries")

    def add(name: str, median: float) -> None:
        table.add(name, round(median), round(median / floor, 2), round(median / libraries, 2))

    add("floor: boto3, Powertools' event handler, pydantic", floor)
    add("the same with request validation and pynamodb", libraries)
    for name, median in medians.items():
        add(f"`{name}`", median)
    return table


def _slowest_of(area: Function) -> str:
    """Return the handler of an area and the route module that takes longest, which the first call of its routes imports."""
    return max(
        (f"{area.module}, {area.package}.{module}" for module in area.modules),
        key=lambda name: _import_ms(f"import {name}"),
    )


def _import_ms(statement: str) -> float:
    code = f"import time; began = time.process_time()\n{statement}\nprint((time.process_time() - began) * 1000)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=with_bytecode())
    return float(done.stdout.split()[-1])


def with_bytecode() -> dict[str, str]:
    """Return the environment of a process that does not compile: the layers have bytecode, so that must not be measured."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return environment | {"PYTHONPYCACHEPREFIX": BYTECODE}


def first_calls(platform: Platform) -> Table:
    """Measure what the first callers of a fresh process wait for, in CPU time."""
    audience = work.make_audience()
    work.import_rows(platform, audience, 0, PAGE)
    contact_id = work.page(audience, per_page=1)["data"][0]["id"]
    headers = {"Authorization": f"Bearer {audience.owner.token}", "Content-Type": "application/json"}

    def events(method: str, path: str, *bodies: str | None) -> list[dict[str, Any]]:
        return [http_event(method, f"{audience.path}{path}", headers=headers, body=body) for body in bodies]

    none = [None] * first_call_processes.FRESH_PROCESSES
    new = [json.dumps({"email": f"fresh{number}@example.com"}) for number in range(len(none))]
    calls = {
        "first GET of a contact": events("GET", f"/contacts/{contact_id}", *none),
        "first GET of a page": events("GET", "/contacts", *none),
        "first POST of a contact": events("POST", "/contacts", *new),
        "second GET of a contact": events("GET", f"/contacts/{contact_id}", *none),
    }
    table = Table(
        f"A fresh process, median of {len(none)}: CPU time of its first calls, one after the other",
        ["call", "ms", "SDK clients made by then"],
    )
    for name, (milliseconds, clients) in first_call_processes.measure(calls, with_bytecode()).items():
        table.add(name, round(milliseconds), clients)
    return table


def sending(platform: Platform) -> Table:
    """Measure the sending of chunks: read, compose, claim, lease, send, record, count; without SES, and with it."""
    people, without = _sending_s(platform)
    overrides = bootstrap.overrides()
    bootstrap.use(replace(overrides, mailer=SesMailer(names().configuration_set, platform.clock)))
    _, with_ses = _sending_s(platform)
    bootstrap.use(overrides)
    item = {"pk": to_wire("bench"), "kind": to_wire("row"), "claim": to_wire("x" * 23), "outcome": to_wire("sent")}

    def puts() -> None:
        for number in range(people):
            client().put_item(TableName=table_name("ledger"), Item={**item, "sk": to_wire(str(number))})

    bare = _cpu(puts)
    table = Table("CPU time per recipient, client side", ["what", "µs", "beside put_item"])
    table.add("a bare loop of boto3's put_item, one row each", round(bare / people * 1e6), 1)
    table.add("compose, claim, record, without SES", round(without / people * 1e6), round(without / bare, 2))
    table.add("the whole, with SES's `SendEmail`", round(with_ses / people * 1e6), round(with_ses / bare, 2))
    return table


def _sending_s(platform: Platform) -> tuple[int, float]:
    """Send a campaign. Return the number of recipients that were measured, and the CPU seconds of the sender."""
    audience = work.make_audience()
    work.import_rows(platform, audience, 0, RECIPIENTS)
    work.start_campaign(platform, audience)
    handler = importlib.import_module("functions.workers.send_chunks.handler").lambda_handler
    queue, chunks = "send-chunks", []
    while batch := platform.aws.messages(queue):
        chunks += batch
    _cpu(lambda: handler(sqs_event(queue, chunks[:2]), lambda_context(queue)))  # content compiled, clients made
    rest = chunks[2:]
    seconds = _cpu(lambda: handler(sqs_event(queue, rest), lambda_context(queue)))
    platform.aws.ses.flush()
    platform.aws.purge()
    return sum(len(json.loads(message["Body"])["offsets"]) for message in rest), seconds


def _cpu(do: Callable[[], Any]) -> float:
    """Return the CPU seconds of this thread; the local SES runs in others of the same process."""
    gc.collect()
    began = time.thread_time()
    do()
    return time.thread_time() - began


def requests(platform: Platform) -> Table:
    """Measure requests in one process, including the answers of the stand-in; a bare one is a GetItem or PutItem."""
    audience = work.make_audience()
    work.import_rows(platform, audience, 0, 1000)
    owner = audience.owner
    contacts = importlib.import_module("functions.api.audience.handler").lambda_handler
    contact_id = work.page(audience, per_page=1)["data"][0]["id"]
    headers = {"Authorization": f"Bearer {owner.token}", "Content-Type": "application/json"}
    numbers = iter(range(10**6))
    key = {"pk": to_wire("bench"), "sk": to_wire("bench")}

    def get() -> None:
        assert contacts(http_event("GET", f"{audience.path}/contacts/{contact_id}", headers=headers), CONTEXT)

    def page() -> None:
        assert contacts(http_event("GET", f"{audience.path}/contacts", headers=headers), CONTEXT)

    def post() -> None:
        body = json.dumps({"email": f"new-{next(numbers)}@example.com"})
        answer = contacts(http_event("POST", f"{audience.path}/contacts", headers=headers, body=body), CONTEXT)
        assert answer["statusCode"] == 201, answer

    def bare_get() -> None:
        client().get_item(TableName=table_name("ledger"), Key=key)
        json.dumps({"statusCode": 200})

    def bare_put() -> None:
        client().put_item(TableName=table_name("ledger"), Item=key | {"kind": to_wire("row")})
        json.dumps({"statusCode": 201})

    table = Table(
        f"A request through its handler, {REQUESTS} each, in turns", ["request", "p50 ms", "p99 ms", "p50 beside bare"]
    )
    works = {
        "bare: one GetItem": bare_get,
        "bare: one PutItem": bare_put,
        "GET a contact": get,
        "GET 50 contacts": page,
        "POST a contact": post,
    }
    took = _in_turns(works)
    for name, times in took.items():
        bare = took["bare: one PutItem" if name.startswith("POST") else "bare: one GetItem"]
        ratio = 1 if name.startswith("bare") else round(_quantile(times, 50) / _quantile(bare, 50), 1)
        table.add(name, round(_quantile(times, 50), 1), round(_quantile(times, 99), 1), ratio)
    return table


def _in_turns(works: dict[str, Callable[[], None]]) -> dict[str, list[float]]:
    took: dict[str, list[float]] = {name: [] for name in works}
    for do in works.values():
        do()
    for _ in range(REQUESTS):
        for name, do in works.items():
            began = time.perf_counter()
            do()
            took[name].append((time.perf_counter() - began) * 1000)
    return took


def _quantile(times: Sequence[float], percent: int) -> float:
    return statistics.quantiles(times, n=100)[percent - 1]
