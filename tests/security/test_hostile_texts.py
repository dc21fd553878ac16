"""Texts that are code, headers or paths elsewhere are only texts here, in each place of each body of all APIs.

A usual run tries two of them in each place; `make test-deep` all of them.
"""

import email
import zlib
from collections.abc import Iterator
from typing import Any

import pytest

from tests.testing.callers import WITH_BODY, Callers, bodies, callers_of
from tests.testing.dialects import problems_of
from tests.testing.factories.full_account import FurnishedAccount, make_furnished_account
from tests.testing.logs import captured_lines
from tests.testing.operations import Operation, by_tag

MARK = "zq7canary"
"""A part of the texts, by which they would be found in a log."""
FACTORS, PRODUCT = "7919*7919", "62710561"
SECRET = "canary-of-the-environment"
TEXTS = {
    "an expression": f"{MARK}{{{{ {FACTORS} }}}}${{{FACTORS}}}#{{{FACTORS}}}<%= {FACTORS} %>",
    "the environment": MARK + "{{ env('CANARY') }}${CANARY}{{ os.environ.CANARY }}[CANARY]",
    "an object": MARK + "{{ ''.__class__.__mro__ }}{{ self }}{{ contact.__dict__ }}",
    "an included file": MARK + "{% include '/etc/passwd' %}{% render '/etc/passwd' %}",
    "a header": MARK + "a\r\nBcc: attacker@example.net\r\n\r\nb",
    "a folded header": MARK + "a\n\tb\nBcc: attacker@example.net",
    "characters that are not shown": MARK + "a\0b\x0b\x7f\u0085\u2028\u202e\ufeff",
    "a path": "../../../../etc/passwd",
    "markup": f"<img src={MARK} onerror=alert(1)>\"'><script>alert(1)</script>",
    "a formula": f"=HYPERLINK({MARK})",
}
SHOWN = (PRODUCT, SECRET, "root:x:0", "<class", "__mro__', ")
"""Traces in an answer, a mail or an item if the text was executed."""
HEADERS = {"bcc", "cc", "resent-to", "x-injected"}


@pytest.fixture(scope="module")
def account(platform) -> FurnishedAccount:
    account = make_furnished_account()
    platform.drain()
    return account


@pytest.fixture(scope="module")
def callers(account) -> Callers:
    return callers_of(account)


@pytest.fixture(params=[pytest.param(2), pytest.param(len(TEXTS), marks=pytest.mark.deep)], ids=["two", "all"])
def number_of_texts(request) -> int:
    return request.param


@pytest.mark.parametrize("operations", by_tag(WITH_BODY))
def test_a_hostile_text_is_never_executed(callers, platform, subtests, monkeypatch, operations, number_of_texts):
    monkeypatch.setenv("CANARY", SECRET)
    mails_before = platform.aws.ses.mailbox.count()
    with captured_lines() as lines:
        for operation in operations:
            body_ids = callers.body_ids(operation)
            for kind, place, body in _hostile_bodies(operation, body_ids, number_of_texts):
                with subtests.test(f"{operation} {place}: {kind}"):
                    answer = callers.call(operation, json=body)
                    assert answer.status < 500
                    assert not _shown_in(answer.text), answer.text
                    if answer.status in map(int, operation.description["responses"]):
                        assert problems_of(operation, answer) == []
        platform.drain()
    assert len(lines) >= len(operations)
    private = (MARK, SECRET, callers.account.owner.email, callers.account.owner.token)
    assert [line for line in lines if any(text in line for text in private)] == []
    assert not _shown_in(str(callers.account.stored()))
    for mail in _mails_since(platform, mails_before):
        message = email.message_from_bytes(mail)
        assert not HEADERS & {name.lower() for name in message}
        assert len(message.get_all("To")) == len(message.get_all("Subject")) == 1
        assert not _shown_in(mail.decode("utf-8", "replace"))


def _hostile_bodies(
    operation: Operation, ids: dict[str, Any], number_of_texts: int
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    kinds = list(TEXTS)
    for kind in kinds:
        for place, body in bodies(operation, "string", TEXTS[kind], ids):
            first = zlib.crc32(f"{operation} {place}".encode()) % len(kinds)
            if (kinds.index(kind) - first) % len(kinds) < number_of_texts:
                yield kind, place, body


def _shown_in(text: str) -> list[str]:
    return [shown for shown in SHOWN if shown in text]


def _mails_since(platform: Any, number: int) -> Iterator[bytes]:
    mailbox = platform.aws.ses.mailbox
    for mail in mailbox.latest(limit=mailbox.count() - number):
        yield mailbox.raw(mail["id"])
