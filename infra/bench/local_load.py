"""Call the local stack as many clients do at once, in a process of its own: `python -m infra.bench.local_load`.

It reads a `Plan` from its input as JSON and writes the `Outcome` as JSON. Each client makes one call after the other.
"""

import json
import random
import sys
import threading
import time
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import httpx

CALL_TIMEOUT_S = 90
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 Firefox/120.0"


@dataclass
class Plan:
    url: str
    token: str
    list_id: int
    campaign_id: int
    contact_ids: list[int]
    pixels: list[str]
    links: list[str]
    seconds: float
    clients: int


@dataclass
class Outcome:
    milliseconds: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """The durations of all calls, by kind."""
    statuses: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    unanswered: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    unreadable: list[int] = field(default_factory=list)
    """Contacts that a 201 named and a GET did not find."""
    created: int = 0
    opened: set[str] = field(default_factory=set)
    clicked: set[str] = field(default_factory=set)


class Client:
    def __init__(self, plan: Plan, outcome: Outcome, lock: threading.Lock, names: "count[int]", seed: int) -> None:
        self._plan, self._outcome, self._lock, self._names = plan, outcome, lock, names
        self._random = random.Random(seed)
        self._api = httpx.Client(
            base_url=plan.url, timeout=CALL_TIMEOUT_S, headers={"Authorization": f"Bearer {plan.token}"}
        )
        self._reader = httpx.Client(timeout=CALL_TIMEOUT_S, headers={"User-Agent": BROWSER})
        self._list = f"/lists/{plan.list_id}"

    def run(self, until: float) -> None:
        works = {
            self._create: 20,
            self._page: 15,
            self._lists: 5,
            self._patch: 10,
            self._tag: 8,
            self._segment: 4,
            self._reports: 8,
            self._open: 20,
            self._click: 10,
        }
        while time.monotonic() < until:
            self._random.choices(list(works), list(works.values()))[0]()

    def _create(self) -> None:
        answer = self._call(
            "create", "POST", f"{self._list}/contacts", {"email": f"new{next(self._names)}@example.com"}
        )
        if answer is None or answer.status_code != 201:
            return
        contact_id = answer.json()["id"]
        read = self._call("read what was created", "GET", f"{self._list}/contacts/{contact_id}")
        with self._lock:
            self._outcome.created += 1
            if read is None or read.status_code != 200:
                self._outcome.unreadable.append(contact_id)

    def _page(self) -> None:
        self._call("page", "GET", f"{self._list}/contacts?per_page=20")

    def _lists(self) -> None:
        self._call("lists", "GET", "/lists")

    def _patch(self) -> None:
        values = {"custom_attributes": [{"name": "first_name", "value": f"Ada {self._random.random()}"}]}
        self._call("patch", "PATCH", f"{self._list}/contacts/{self._contact_id()}", values)

    def _tag(self) -> None:
        body = {"tags": [f"tag{self._random.randrange(20)}"], "contact_ids": [self._contact_id()]}
        self._call("tag", "POST", f"{self._list}/contacts/tag", body)

    def _segment(self) -> None:
        body = {"name": f"Segment {next(self._names)}", "query": '`first_name` = "Ada"'}
        self._call("segment", "POST", f"{self._list}/segments", body)

    def _reports(self) -> None:
        self._call("report", "GET", f"/reports/campaigns/{self._plan.campaign_id}")

    def _open(self) -> None:
        pixel = self._random.choice(self._plan.pixels)
        if self._visit("open", pixel):
            with self._lock:
                self._outcome.opened.add(pixel)

    def _click(self) -> None:
        link = self._random.choice(self._plan.links)
        if self._visit("click", link):
            with self._lock:
                self._outcome.clicked.add(link)

    def _contact_id(self) -> int:
        return self._random.choice(self._plan.contact_ids)

    def _visit(self, kind: str, url: str) -> bool:
        answer = self._measured(kind, lambda: self._reader.get(url, follow_redirects=False))
        return answer is not None and answer.status_code < 400

    def _call(self, kind: str, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response | None:
        return self._measured(kind, lambda: self._api.request(method, path, json=body))

    def _measured(self, kind: str, call: Any) -> httpx.Response | None:
        began = time.monotonic()
        try:
            answer: httpx.Response = call()
        except httpx.HTTPError as exc:
            with self._lock:
                self._outcome.unanswered.append(f"{kind}: {exc!r}")
            return None
        with self._lock:
            self._outcome.milliseconds[kind].append((time.monotonic() - began) * 1000)
            self._outcome.statuses[str(answer.status_code)] += 1
            if answer.status_code >= 400:
                self._outcome.refused.append(f"{kind}: {answer.status_code} {answer.text[:200]}")
        return answer


def main() -> None:
    plan = Plan(**json.load(sys.stdin))
    outcome, lock, names = Outcome(), threading.Lock(), count(1)
    until = time.monotonic() + plan.seconds
    clients = [Client(plan, outcome, lock, names, seed) for seed in range(plan.clients)]
    threads = [threading.Thread(target=client.run, args=(until,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    json.dump(vars(outcome), sys.stdout, default=sorted)


if __name__ == "__main__":
    main()
