"""Measure `make run` under many clients beside a running campaign, and compare its counters with a recount.

Settings: LOAD_CLIENTS (30), LOAD_SECONDS (180), LOAD_RATE (mails per second of the campaign, 14).
"""

import json
import os
import shutil
import signal
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import httpx

from infra.bench.local_load import Plan
from infra.bench.processes import MemorySampler, wait_for_processes
from infra.bench.tables import Table
from infra.local.demo import HTML, Api, confirmed_sender, wait_for
from infra.local.standin import ROOT, free_port

EMAIL, PASSWORD = "owner@example.com", "correct horse battery staple"
READERS = 200
"""Contacts whom the clients change, and who open and click."""
READING_S = 3
"""A click within two seconds of the sending counts as that of a program."""
IDLE_S = 130
"""Processes end within a minute and a half of their last call."""
MOST_MEMORY_MB = 1536


class LoadFailed(Exception):
    pass


def main() -> None:
    clients = int(os.environ.get("LOAD_CLIENTS") or 30)
    seconds = float(os.environ.get("LOAD_SECONDS") or 180)
    rate = float(os.environ.get("LOAD_RATE") or 14)
    with _platform() as (process, url):
        api = Api(url)
        api.log_in(EMAIL, PASSWORD)
        httpx.put(f"{url}/_local/ses", json={"max_send_rate": 1000}).raise_for_status()
        sender_id = confirmed_sender(api, EMAIL)
        list_id = _list(api, sender_id, "reader", READERS)
        campaign_id = _start_campaign(api, list_id, sender_id)
        _wait_until_delivered(api, campaign_id)
        contact_ids = [contact["id"] for contact in _contacts(api, list_id)]
        recipients = int(rate * seconds)
        other_list_id = _list(api, sender_id, "recipient", recipients)
        httpx.put(f"{url}/_local/ses", json={"max_send_rate": rate}).raise_for_status()
        time.sleep(READING_S)
        mails = [mail for mail in api.inbox() if mail.to.startswith("reader")]
        plan = Plan(
            url=url,
            token=api.token,
            list_id=list_id,
            campaign_id=campaign_id,
            contact_ids=contact_ids,
            pixels=[pixel for mail in mails if (pixel := mail.pixel(url))],
            links=[next(link for link in mail.links(url) if link.startswith(f"{url}/c/")) for mail in mails],
            seconds=seconds,
            clients=clients,
        )
        other_campaign_id = _start_campaign(api, other_list_id, sender_id)
        outcome, memory = _load(plan, process)
        _print_calls(outcome, clients, seconds)
        problems = _problems(outcome)
        _wait_until_delivered(api, other_campaign_id)
        problems += _differences(api, plan, outcome, other_campaign_id, recipients)
        print(f"memory at most {memory.most_mb:.0f} MB in {memory.most_processes} processes", flush=True)
        if memory.most_mb > MOST_MEMORY_MB:
            problems.append(f"memory: {memory.most_mb:.0f} MB")
        left = wait_for_processes(process.pid, 2, IDLE_S)
        print(f"processes after {IDLE_S} s without calls: {left}, with the schedules of each minute", flush=True)
        if problems:
            raise LoadFailed("\n".join(problems))


@contextmanager
def _platform() -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """Run the program behind `make run` on a port and with data of its own."""
    port = free_port()
    env = os.environ | {"PORT": str(port), "DEMO": "0", "OWNER_EMAIL": EMAIL, "OWNER_PASSWORD": PASSWORD}
    process = subprocess.Popen([sys.executable, "-m", "infra.local"], cwd=ROOT, env=env, start_new_session=True)
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for("the platform", lambda: process.poll() is not None or _is_ready(url))
        yield process, url
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
        shutil.rmtree(ROOT / ".local" / "state" / str(port), ignore_errors=True)


def _is_ready(url: str) -> bool:
    try:
        form = {"grant_type": "password", "username": EMAIL, "password": PASSWORD}
        return httpx.post(f"{url}/token", data=form, timeout=30).status_code == 200
    except httpx.HTTPError:
        return False


def _list(api: Api, sender_id: str, name: str, number: int) -> int:
    list_id = int(api.call("POST", "/lists", {"name": name, "default_sender": {"id": sender_id}})["id"])
    api.call("POST", f"/lists/{list_id}/accept-policy")
    api.call("POST", f"/lists/{list_id}/custom-attributes", {"name": "first_name", "type": "text"})
    for first in range(0, number, 1000):
        rows = [{"email": f"{name}{row}@example.com"} for row in range(first, min(first + 1000, number))]
        api.call("POST", f"/lists/{list_id}/import-contacts", {"contacts": rows})
    wait_for("the import", lambda: api.contact_count(list_id) == number)
    return list_id


def _contacts(api: Api, list_id: int) -> list[dict[str, Any]]:
    """Return all contacts of a list, page by page."""
    contacts: list[dict[str, Any]] = []
    cursor: dict[str, str] = {}
    while True:
        answer = api.call("GET", f"/lists/{list_id}/contacts", per_page=100, **cursor)
        contacts += answer["data"]
        following = answer["pagination"]["cursor"]["next"]
        if not following:
            return contacts
        cursor = {"cursor": following}


def _start_campaign(api: Api, list_id: int, sender_id: str) -> int:
    campaign = {
        "name": "Load",
        "audience": {"list_id": list_id},
        "sender": {"id": sender_id},
        "tracking": {"opens": True, "clicks_html": True, "clicks_text": True},
        "content": {"type": "html", "subject": "Load", "html": HTML, "default_unsubscribe_link": True},
    }
    campaign_id = int(api.call("POST", "/campaigns", campaign)["id"])
    api.call("POST", f"/campaigns/{campaign_id}/schedule")
    return campaign_id


def _wait_until_delivered(api: Api, campaign_id: int) -> None:
    wait_for("delivery", lambda: api.call("GET", f"/campaigns/{campaign_id}")["data"]["status"] == "delivered")


def _load(plan: Plan, process: "subprocess.Popen[bytes]") -> tuple[dict[str, Any], MemorySampler]:
    with MemorySampler(process.pid) as memory:
        done = subprocess.run(
            [sys.executable, "-m", "infra.bench.local_load"],
            input=json.dumps(asdict(plan)).encode(),
            stdout=subprocess.PIPE,
            cwd=ROOT,
            check=True,
        )
    return json.loads(done.stdout), memory


def _print_calls(outcome: dict[str, Any], clients: int, seconds: float) -> None:
    table = Table("Calls", ["call", "number", "p50 ms", "p99 ms"])
    for kind, times in sorted(outcome["milliseconds"].items()):
        table.add(kind, len(times), round(statistics.median(times)), round(statistics.quantiles(times, n=100)[98]))
    everything = [moment for times in outcome["milliseconds"].values() for moment in times]
    quantiles = statistics.quantiles(everything, n=100)
    table.add("all", len(everything), round(quantiles[49]), round(quantiles[98]))
    rate = len(everything) / seconds
    print(
        f"{clients} clients, {seconds:.0f} s, {rate:.0f} calls/s; answers by status {outcome['statuses']}", flush=True
    )


def _problems(outcome: dict[str, Any]) -> list[str]:
    kinds = ("unanswered", "refused", "unreadable")
    return [f"{len(outcome[kind])} {kind}: {outcome[kind][:5]}" for kind in kinds if outcome[kind]]


def _report(api: Api, campaign_id: int) -> dict[str, Any]:
    return dict(api.call("GET", f"/reports/campaigns/{campaign_id}")["data"])


def _differences(api: Api, plan: Plan, outcome: dict[str, Any], other_campaign_id: int, recipients: int) -> list[str]:
    """Return the counters that differ from what the clients counted, after the queues had time to empty."""
    expected = {
        "contacts by the counters": READERS + outcome["created"],
        "contacts by reading them": READERS + outcome["created"],
        "unique opens": len(outcome["opened"]),
        "unique clicks": len(outcome["clicked"]),
        "sent by the report": recipients,
        "sent by the inbox": recipients,
    }

    def counted() -> dict[str, int]:
        return {
            "contacts by the counters": api.contact_count(plan.list_id),
            "contacts by reading them": len(_contacts(api, plan.list_id)),
            "unique opens": _report(api, plan.campaign_id)["unique_opens"],
            "unique clicks": _report(api, plan.campaign_id)["unique_clicks"],
            "sent by the report": _report(api, other_campaign_id)["sent_emails"],
            "sent by the inbox": len({mail.to for mail in api.inbox() if mail.to.startswith("recipient")}),
        }

    deadline = time.monotonic() + 150
    while (counters := counted()) != expected and time.monotonic() < deadline:
        time.sleep(5)
    print(f"counters {counters}", flush=True)
    return [
        f"{name}: {counters[name]} instead of {expected[name]}" for name in expected if counters[name] != expected[name]
    ]
