"""The mailer on SES: what each answer means, and that one mail is one request whatever happens to the answer."""

import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from postrider.adapters.ses import IDLE_KEPT, QUOTA_LOOK, SesMailer
from postrider.ports.mailer import (
    LimitsUnknown,
    MailerError,
    MailerPaused,
    MailerQuotaReached,
    MailerRefused,
    MailerThrottled,
    MailerUnknown,
    OutgoingMail,
    SendingLimits,
)
from tests.testing.clock import MovableClock

MAIL = OutgoingMail(
    to="reader@example.com",
    sender="news@example.org",
    message=b"From: news@example.org\r\nSubject: x\r\n\r\nHello",
    tags={"campaign": "7", "contact": "12"},
)


@dataclass
class Endpoint:
    """Answer every request with `status` and `body`; with no status it hangs until it is released."""

    port: int
    status: int | None = 200
    body: dict[str, Any] = field(default_factory=lambda: {"MessageId": "0107-1"})
    code: str = ""
    requests: list[tuple[str, Any]] = field(default_factory=list)
    connections: list[int] = field(default_factory=list)
    """By request."""
    released: threading.Event = field(default_factory=threading.Event)


@pytest.fixture
def endpoint(monkeypatch: pytest.MonkeyPatch) -> Iterator[Endpoint]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"  # which keeps connections

        def do_POST(self) -> None:
            endpoint.connections.append(self.client_address[1])
            size = int(self.headers.get("Content-Length") or 0)
            endpoint.requests.append((self.path, json.loads(self.rfile.read(size) or b"{}")))
            if endpoint.status is None:
                endpoint.released.wait(20)
                self.close_connection = True
                return
            answer = json.dumps(endpoint.body).encode()
            self.send_response(endpoint.status)
            self.send_header("Content-Length", str(len(answer)))
            self.send_header("Content-Type", "application/json")
            if endpoint.code:
                self.send_header("x-amzn-errortype", endpoint.code)
            self.end_headers()
            self.wfile.write(answer)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    endpoint = Endpoint(server.server_port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    for name, value in {
        "AWS_ENDPOINT_URL_SESV2": f"http://127.0.0.1:{server.server_port}",
        "AWS_ACCESS_KEY_ID": "111122223333",
        "AWS_SECRET_ACCESS_KEY": "x",
        "AWS_DEFAULT_REGION": "eu-central-1",
    }.items():
        monkeypatch.setenv(name, value)
    yield endpoint
    endpoint.released.set()
    server.shutdown()
    server.server_close()


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def mailer(endpoint: Endpoint, clock: MovableClock) -> SesMailer:
    return SesMailer("events", clock)


def test_a_mail_is_handed_over_with_its_tags(mailer: SesMailer, endpoint: Endpoint) -> None:
    assert mailer.send(MAIL) == "0107-1"
    ((path, request),) = endpoint.requests
    assert path == "/v2/email/outbound-emails"
    assert request["Destination"] == {"ToAddresses": ["reader@example.com"]}
    assert request["FromEmailAddress"] == "news@example.org"
    assert request["ConfigurationSetName"] == "events"
    assert {"Name": "contact", "Value": "12"} in request["EmailTags"]


def test_domains_of_addresses_are_sent_to_ses_in_punycode(mailer: SesMailer, endpoint: Endpoint) -> None:
    mailer.send(replace(MAIL, to="Ann@b\u00fccher.example", sender="news@stra\u00dfe.example"))
    ((_, request),) = endpoint.requests
    assert request["Destination"] == {"ToAddresses": ["Ann@xn--bcher-kva.example"]}
    assert request["FromEmailAddress"] == "news@xn--strae-oqa.example"


def test_a_connection_from_before_a_pause_is_not_used(
    mailer: SesMailer, endpoint: Endpoint, clock: MovableClock
) -> None:
    for pause in (timedelta(0), IDLE_KEPT, IDLE_KEPT + timedelta(seconds=1), timedelta(seconds=1)):
        clock.move(pause)
        mailer.send(MAIL)
    first, second, third, fourth = endpoint.connections
    assert (first, third) == (second, fourth)
    assert first != third


REFUSALS: list[tuple[int, str, str, type[MailerError]]] = [
    (429, "TooManyRequestsException", "Maximum sending rate exceeded.", MailerThrottled),
    (429, "TooManyRequestsException", "Daily message quota exceeded.", MailerQuotaReached),
    (400, "LimitExceededException", "Daily message quota exceeded.", MailerQuotaReached),
    (400, "ThrottlingException", "Rate exceeded", MailerThrottled),
    (400, "SendingPausedException", "Email sending is disabled for this account.", MailerPaused),
    (400, "AccountSuspendedException", "The account is suspended.", MailerPaused),
    (400, "MailFromDomainNotVerifiedException", "Not verified.", MailerPaused),
    (404, "NotFoundException", "Configuration set <events> does not exist.", MailerPaused),
    (403, "AccessDeniedException", "Not authorized to perform ses:SendEmail.", MailerPaused),
    (400, "MessageRejected", "Email address is not verified.", MailerRefused),
    (400, "BadRequestException", "Missing final '@domain'", MailerRefused),
    (500, "InternalFailure", "Unknown.", MailerUnknown),
    (503, "ServiceUnavailable", "Temporary.", MailerUnknown),
    (418, "SomethingNew", "Never heard of.", MailerPaused),
]


@pytest.mark.parametrize(("status", "code", "text", "kind"), REFUSALS, ids=[row[1] for row in REFUSALS])
def test_each_refusal_has_its_meaning(
    mailer: SesMailer, endpoint: Endpoint, status: int, code: str, text: str, kind: type[MailerError]
) -> None:
    endpoint.status, endpoint.code, endpoint.body = status, code, {"message": text}
    with pytest.raises(MailerError) as raised:
        mailer.send(MAIL)
    assert type(raised.value) is kind
    assert len(endpoint.requests) == 1, "the SDK repeated it"


@pytest.mark.parametrize(("address", "kind"), [(MAIL.to, MailerRefused), (MAIL.sender, MailerPaused)])
def test_an_unverified_recipient_fails_alone_and_a_sender_stops_all(
    mailer: SesMailer, endpoint: Endpoint, address: str, kind: type[MailerError]
) -> None:
    text = f"Email address is not verified. The following identities failed the check in region EU-CENTRAL-1: {address}"
    endpoint.status, endpoint.code, endpoint.body = 400, "MessageRejected", {"message": text}
    with pytest.raises(kind):
        mailer.send(MAIL)


def test_a_late_answer_is_not_asked_for_again(endpoint: Endpoint, clock: MovableClock) -> None:
    """With the SDK's usual settings the mail would be posted three times."""
    endpoint.status = None
    with pytest.raises(MailerUnknown):
        SesMailer("events", clock, read_timeout_s=0.2).send(MAIL)
    assert len(endpoint.requests) == 1


def test_after_a_closed_connection_the_outcome_of_a_mail_is_unknown(mailer: SesMailer, endpoint: Endpoint) -> None:
    endpoint.status = None
    endpoint.released.set()
    with pytest.raises(MailerUnknown):
        mailer.send(MAIL)
    assert len(endpoint.requests) == 1


def test_an_endpoint_that_is_not_reached_got_nothing(monkeypatch: pytest.MonkeyPatch, endpoint: Endpoint) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_SESV2", "http://127.0.0.1:1")
    with pytest.raises(MailerThrottled):
        SesMailer("events", MovableClock()).send(MAIL)


def test_a_quota_is_looked_at_again_after_an_hour(mailer: SesMailer, endpoint: Endpoint, clock: MovableClock) -> None:
    endpoint.status, endpoint.code = 429, "TooManyRequestsException"
    endpoint.body = {"message": "Daily message quota exceeded."}
    with pytest.raises(MailerQuotaReached) as reached:
        mailer.send(MAIL)
    assert reached.value.reset_at == clock() + QUOTA_LOOK


def test_limits_are_read(mailer: SesMailer, endpoint: Endpoint) -> None:
    quota = {"Max24HourSend": -1, "MaxSendRate": 14, "SentLast24Hours": 5}
    endpoint.body = {"SendQuota": quota, "SendingEnabled": True, "ProductionAccessEnabled": False}
    limits = SendingLimits(
        max_per_second=14, max_per_day=None, sent_last_day=5, enabled=True, has_production_access=False
    )
    assert mailer.limits() == limits
    quota["Max24HourSend"] = 50_000
    assert mailer.limits() == replace(limits, max_per_day=50_000)
    endpoint.status, endpoint.code, endpoint.body = 403, "AccessDeniedException", {"message": "Not authorized."}
    with pytest.raises(LimitsUnknown, match="Not authorized"):
        mailer.limits()


def test_verified_identities_are_listed(mailer: SesMailer, endpoint: Endpoint) -> None:
    identities = [
        {"IdentityName": "Example.org", "IdentityType": "DOMAIN", "VerificationStatus": "SUCCESS"},
        {"IdentityName": "ann@example.com", "IdentityType": "EMAIL_ADDRESS", "VerificationStatus": "PENDING"},
    ]
    endpoint.body = {"EmailIdentities": identities}
    assert set(mailer.verified_identities()) == {"example.org", "simulator.amazonses.com"}
    endpoint.status, endpoint.code, endpoint.body = 403, "AccessDeniedException", {"message": "Not authorized."}
    with pytest.raises(LimitsUnknown):
        mailer.verified_identities()


def test_many_threads_share_one_client(mailer: SesMailer, endpoint: Endpoint) -> None:
    sent: list[str] = []

    def send() -> None:
        with suppress(MailerError):
            sent.append(mailer.send(MAIL))

    threads = [threading.Thread(target=send) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(sent) == len(endpoint.requests) == 8
