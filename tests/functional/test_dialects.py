"""Isolation and rights of every dialect, generated from its document and the form of its credentials."""

import re
from dataclasses import dataclass, replace
from typing import Any

import pytest

from postrider.storage import sequences
from tests.testing.dialects import DIALECTS, Client, Dialect, problems_of
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.full_account import FurnishedAccount, make_furnished_account
from tests.testing.harness import Answer
from tests.testing.operations import Operation
from tests.testing.sweeps import answers_without_change


@dataclass(frozen=True)
class Meeting:
    """An account with one of everything, and a caller of another account."""

    victim: FurnishedAccount
    ids: dict[str, Any]
    stranger: Client

    def stored(self) -> Any:
        return self.victim.stored()


@pytest.fixture(params=DIALECTS.values(), ids=DIALECTS.keys(), scope="module")
def dialect(request) -> Dialect:
    return request.param


@pytest.fixture(scope="module")
def victim(platform) -> FurnishedAccount:
    """An account that no test changes."""
    sequences.allocate("account", 1000)  # keys of others hold small numbers, such as those of shards
    return _drained_account(platform)


@pytest.fixture
def account(platform, victim) -> FurnishedAccount:
    """An account that the calls of a test change."""
    return _drained_account(platform)


def _drained_account(platform) -> FurnishedAccount:
    account = make_furnished_account()
    platform.drain()
    return account


@pytest.fixture(scope="module")
def client(dialect, victim) -> Client:
    return dialect.client(victim.owner)


@pytest.fixture(scope="module")
def stranger(dialect, platform) -> Client:
    """A caller of an account that has nothing."""
    return dialect.client(make_owner())


def test_each_operation_has_its_effect(dialect, account, platform, subtests):
    """On the account's own ids; refusals of the same calls would prove nothing otherwise."""
    client = dialect.client(account.owner)
    for operation in dialect.operations:
        with subtests.test(str(operation)):
            ids = dialect.ids(account) | dialect.prepared_ids(account, operation)
            answer = client.call(operation, ids)
            assert answer.status < 300, answer.text
            assert problems_of(operation, answer) == []
    platform.drain()


def test_a_credential_is_good_as_a_whole_only(dialect, client, stranger, victim, platform, subtests):
    """Every wrong one is refused in the same way, so that none of its parts can be probed."""
    wrong = [
        replace(client, secret=None),
        replace(client, secret=""),
        replace(client, secret=client.secret.swapcase()),
        replace(client, secret=stranger.secret if client.public else f"{client.secret}x"),
        replace(client, public=stranger.public, secret=client.secret if client.public else "x"),
        replace(client, public="0" * len(client.public or ""), secret=f"x{client.secret}"),
    ]
    ids = dialect.ids(victim)
    platform.drain()
    before = victim.stored()
    for operation in dialect.operations:
        with subtests.test(str(operation)):
            answers = [other.call(operation, ids) for other in wrong]
            answers.append(replace(client, secret=None).call(operation, ids, body="no json", query={"page": "x"}))
            assert {answer.status for answer in answers} == {401}
            missing = [answers[0], answers[1], answers[-1]] if dialect.tells_missing_credentials else []
            assert len({_text(answer) for answer in answers if answer not in missing}) == 1
            assert len({_text(answer) for answer in missing}) == bool(missing)
            assert problems_of(operation, answers[0]) == []
    platform.drain()
    assert victim.stored() == before


def _text(answer: Answer) -> str:
    """Return the text of an answer without the id of the call."""
    return answer.text.replace(answer.headers.get("x-request-id") or "the id of the call", "")


def _shape(answer: Answer) -> int:
    """Return the length of an answer whose numbers have one digit each: new things of two accounts have different ids."""
    return len(re.sub(r"owner-\w+@|\b[0-9a-f]{10}\b|[0-9]+", "0", _text(answer)))


def test_ids_of_another_account_are_unknown_and_its_data_does_not_change(dialect, victim, stranger, platform, subtests):
    def call(meeting: Meeting, operation: Operation) -> Answer:
        return meeting.stranger.call(operation, meeting.ids)

    def meet() -> Meeting:
        account = make_furnished_account()
        return Meeting(account, dialect.ids(account), dialect.client(make_owner()))

    meeting = Meeting(victim, dialect.ids(victim), stranger)
    other = dialect.client(make_owner())  # who makes the same calls in the same order, so that both own equal things
    never = {str(operation): other.call(operation, dialect.unknown_ids) for operation in dialect.operations}
    for operation, answer in answers_without_change(platform, meeting, meet, dialect.operations, call):
        with subtests.test(str(operation)):
            assert not victim.is_mentioned(answer.text)
            assert problems_of(operation, answer) == []
            assert answer.status == never[str(operation)].status
            assert _shape(answer) == _shape(never[str(operation)]), "as ids that never were"


def test_on_its_own_things_no_account_reaches_others_by_ids_in_a_body(dialect, victim, platform, subtests):
    own = make_furnished_account()
    client, own_ids, ids = dialect.client(own.owner), dialect.ids(own), dialect.ids(victim)
    before = victim.stored()
    for operation in dialect.operations:
        given = operation.sample(ids)
        for name in sorted(dialect.body_ids & set(given or {})):
            with subtests.test(f"{operation} with another account's {name}"):
                path, options = client.arguments(operation, own_ids, own_ids | {name: ids[name]})
                answer = client.send(operation.method, path, **options)
                assert answer.status == dialect.unknown_in_body, answer.text
                assert not victim.is_mentioned(answer.text)
                assert problems_of(operation, answer) == []
    platform.drain()
    assert victim.stored() == before


def test_each_operation_needs_one_right_and_reading_rights_change_nothing(dialect, account, platform, subtests):
    ids, rights = dialect.ids(account), sorted(dialect.form.rights)
    clients = {right: dialect.client(account.owner, [right]) for right in rights}
    for client in clients.values():
        client.call(dialect.operations[0], ids)  # the first use of a credential is stored
    before = dialect.stored(account)
    used = set()
    for operation in dialect.operations:
        with subtests.test(str(operation)):
            is_read = dialect.is_read(operation)
            callers = {right: client for right, client in clients.items() if is_read or right.endswith(":read")}
            answers = {right: client.call(operation, ids) for right, client in callers.items()}
            admitted = {right for right, answer in answers.items() if answer.status != 403}
            assert len(admitted) == is_read, "one right to read, none of them to write"
            for right, answer in answers.items():
                assert problems_of(operation, answer) == []
                assert right in admitted or not account.is_mentioned(answer.text)
            used |= admitted
    platform.drain()
    assert dialect.stored(account) == before
    for operation in dialect.operations:
        if not dialect.is_read(operation):
            with subtests.test(f"{operation}, writing"):
                writers = {right: clients[right] for right in rights if not right.endswith(":read")}
                admitted = {right for right, writer in writers.items() if writer.call(operation, ids).status != 403}
                assert len(admitted) == 1
                used |= admitted
    assert used == set(rights) - dialect.rights_to_come, "a credential offers no right that no operation needs"


def test_a_method_or_a_path_that_the_dialect_does_not_have_is_refused(dialect, client, victim, subtests):
    ids = dialect.ids(victim)
    for operation in dialect.operations:
        with subtests.test(str(operation)):
            path, _ = client.arguments(operation, ids)
            wrong, unknown = client.send("TRACE", path), client.send(operation.method, f"{path}/nothing/here")
            assert wrong.status == 405
            # A parameter that may hold slashes takes the rest of the path, which is then that of the same or another one.
            assert unknown.status == 404 or dialect.spans(operation)
            assert operation.method in wrong.headers["allow"].split(", ")
            assert problems_of(operation, wrong) == []
