"""When a webhook is called again, how often in a period, and how its messages are signed."""

import base64
import subprocess
from datetime import UTC, datetime, timedelta

import pytest
import standardwebhooks
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from postrider.outbox.model import DomainEvent, DomainEventType
from postrider.webhooks import rules
from postrider.webhooks.formats import FORMATS, MAIN
from postrider.webhooks.model import DispatchState, RatePeriod, Webhook
from postrider.webhooks.signing import secrets_of, standard_headers

NOW = datetime(2026, 1, 2, 3, 4, 5, 600_000, tzinfo=UTC)
EVENT = DomainEvent(id="e1", type=DomainEventType.LIST_CREATED, account_id="7", at_ms=1_767_323_045_600)


def webhook(**fields):
    known = {"id": "w", "account_id": "7", "url": "https://a.example", "types": (EVENT.type,), "format": MAIN}
    return Webhook(**{**known, "created_at": NOW, **fields})


@given(st.integers(1, 200), st.floats(0, 1))
def test_pauses_double_up_to_six_hours_and_differ_by_a_fifth(attempts, jitter):
    plain = min(5 * 2 ** (attempts - 1), 6 * 3600)
    assert 0.799 * plain <= rules.pause_s(attempts, jitter) <= 1.201 * plain


def test_attempts_go_on_for_three_days():
    moment, attempts = 0.0, 1
    while moment < rules.GIVEN_UP_AFTER.total_seconds():
        moment += rules.pause_s(attempts, 0.5)
        attempts += 1
    assert 20 <= attempts <= 30


@pytest.mark.parametrize(("retry_after_s", "pause"), [(60, 60), (2, 5), (10**6, 3600), (None, 5)])
def test_a_receiver_can_ask_for_a_longer_pause_up_to_an_hour(retry_after_s, pause):
    assert rules.pause_s(1, 0.5, retry_after_s) == pause


def test_the_rate_is_counted_by_period():
    limited = webhook(rate_limit=10, rate_limit_period=RatePeriod.MINUTE)
    start = rules.window_start(limited, NOW)
    assert (NOW.timestamp() - start, rules.window_end(limited, NOW).second) == (pytest.approx(5.6), 0)
    for window_start, window_count, expected in ((start, 7, 3), (start, 70, 0), (start - 60, 70, 10)):
        state = DispatchState(lease_id="", signal=1, window_start=window_start, window_count=window_count)
        assert rules.remaining_calls(limited, state, NOW) == expected


def test_a_message_verifies_with_its_own_secret_and_only_for_some_minutes():
    """An altered byte, an old timestamp and another secret are refused."""
    secrets = secrets_of(b"root", webhook(), NOW)
    message = FORMATS[MAIN].message_of(EVENT, {"id": 1}, secrets, NOW)
    verifier = standardwebhooks.Webhook(f"whsec_{secrets[0]}")
    with time_machine.travel(NOW + timedelta(minutes=4)):
        assert verifier.verify(message.body, dict(message.headers))["event"] == "List.Created"
    other = standardwebhooks.Webhook(secrets_of(b"root", webhook(secret_number=2), NOW)[0])
    for moment, body, checked in (
        (NOW + timedelta(minutes=6), message.body, verifier),
        (NOW, message.body.replace(b"1", b"2"), verifier),
        (NOW, message.body, other),
    ):
        with time_machine.travel(moment), pytest.raises(standardwebhooks.WebhookVerificationError):
            checked.verify(body, dict(message.headers))
    assert secrets_of(b"root", webhook(id="x"), NOW) != secrets != secrets_of(b"root", webhook(account_id="8"), NOW)


VERIFIER = """
const [secret, id, timestamp, body] = process.argv.slice(1);
const signed = require("crypto").createHmac("sha256", Buffer.from(secret, "base64")).update(`${id}.${timestamp}.${body}`);
console.log("v1," + signed.digest("base64"));
"""


def test_the_example_of_the_standard_has_the_same_signature_in_three_languages():
    """The example of the tests of Standard Webhooks, signed here, by JavaScript and by OpenSSL."""
    secret, message_id, timestamp = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330
    body, signature = '{"test": 2432232314}', "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    headers = standard_headers([secret], message_id, datetime.fromtimestamp(timestamp, UTC), body.encode())
    assert headers == {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": signature,
    }
    values = [secret, message_id, str(timestamp), body]
    node = subprocess.run(["node", "-e", VERIFIER, *values], capture_output=True, text=True, check=True)
    assert node.stdout.strip() == signature
    command = [
        "openssl",
        "dgst",
        "-sha256",
        "-mac",
        "HMAC",
        "-macopt",
        f"hexkey:{base64.b64decode(secret).hex()}",
        "-binary",
    ]
    openssl = subprocess.run(command, input=".".join(values[1:]).encode(), capture_output=True, check=True)
    assert f"v1,{base64.b64encode(openssl.stdout).decode()}" == signature
