"""An import that crashes at any call of AWS, before or after its effect, is completed by a repetition."""

import itertools

import pytest
from botocore.client import BaseClient

from postrider.contacts.model import Status
from tests.functional.imports.test_imports import ImportWorld


class Crash(BaseException):
    """No handler catches it, as none catches the end of a process."""


class Killer:
    """Stop the program at one call, before it is made or after it took effect; afterwards it does nothing."""

    def __init__(self, monkeypatch) -> None:
        self._calls, self._at, self._after = 0, 0, False
        original = BaseClient._make_api_call

        def call(client, operation, params):
            self._calls += 1
            is_crash = self._calls == self._at
            if is_crash and not self._after:
                raise Crash
            answer = original(client, operation, params)
            if is_crash:
                raise Crash
            return answer

        monkeypatch.setattr(BaseClient, "_make_api_call", call)

    def arm(self, at: int, *, after: bool) -> None:
        self._calls, self._at, self._after = 0, at, after

    def disarm(self) -> None:
        self._at = 0


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_an_import_survives_a_crash_at_any_call(standin, monkeypatch, after):
    killer = Killer(monkeypatch)
    for at in itertools.count(1):
        killer.disarm()
        world = ImportWorld()
        left = world.add("left@example.com", interests=[1])
        world.contacts.unsubscribe(world.account_id, world.list_id, left.id)
        rows = [*(f"a{number}@example.com" for number in range(30)), "left@example.com"]
        killer.arm(at, after=after)
        crashed = import_with_one_repetition(world, rows)
        killer.disarm()
        assert world.counts() == {"active": 30, "unsubscribed": 1}, at
        recounted = world.contacts.recount(world.account_id, world.list_id)
        assert (recounted[Status.ACTIVE], recounted[Status.UNSUBSCRIBED]) == (30, 1), at
        claims = world.repository.claims.of_addresses(world.account_id, world.list_id, rows)
        contacts = world.repository.many(
            world.account_id, world.list_id, [claim.contact_id for claim in claims.values()]
        )
        assert {contact.address for contact in contacts.values()} == set(rows), at
        if not crashed:
            assert at > 10
            return


def import_with_one_repetition(world, rows) -> bool:
    """As a client that calls again without an answer, and a queue that delivers again; whether anything crashed."""
    crashed = False
    started = None
    for _ in range(2):
        try:
            started = world.start(*rows)
            break
        except Crash:
            crashed = True
    for _ in range(2):
        try:
            world.run(started)
            break
        except Crash:
            crashed = True
    try:
        world.drain()
    except Crash:
        crashed = True
        world.run(started)
    return crashed
