"""The SES v2 endpoint: sending and the account are answered here, everything else by the stand-in behind it."""

import collections
import json
import re
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from infra.local.http_server import Handler, Server, forward
from infra.local.ses.account import SendingAccount
from infra.local.ses.compose import Outgoing, bare_address, bulk_requests_of, outgoing_of
from infra.local.ses.errors import SesError, bad_request, not_found, rejected
from infra.local.ses.events import events_of
from infra.local.ses.identities import Identities
from infra.local.ses.mailbox import Mailbox
from infra.local.ses.publisher import EventPublisher, Publish
from infra.local.ses.suppressions import REASONS, SuppressionList
from infra.local.standin import ACCOUNT_ID, REGION

CACHE_S = 5  # configuration sets and identities are looked up again after this
EVENT_NAMES = {"DeliveryDelay": "DELIVERY_DELAY"}  # the others are the upper-case event type

Fault = Callable[[Outgoing], None]


@dataclass
class LostAnswer(Exception):
    """Raised by a fault: the mail was taken, but the caller's connection breaks before it hears so."""


class LocalSes:
    """Start listening when made. `standin_port` is where configuration sets live; None: there are none.

    `identities` are the domains that were made known to it; those of the stand-in count as well.

    Tests put callables into `faults`: each takes one message before it is accepted, in order, and may raise SesError
    (refused), LostAnswer (accepted, answer lost) or block. `accepted` holds (monotonic second, recipients) per message.
    """

    def __init__(
        self,
        *,
        standin_port: int | None = None,
        port: int = 0,
        mailbox: Mailbox | None = None,
        account: SendingAccount | None = None,
        publish: Publish | None = None,
        require_identity: bool = False,
        identities: Identities | None = None,
    ) -> None:
        self.mailbox = mailbox or Mailbox()
        self.account = account or SendingAccount()
        self.identities = identities or Identities()
        self.suppressions = SuppressionList()
        self.faults: collections.deque[Fault] = collections.deque()
        self.accepted: collections.deque[tuple[float, int]] = collections.deque(maxlen=1_000_000)
        self.standin_port = standin_port
        self._require_identity = require_identity
        self._known: dict[tuple[str, str], tuple[float, Any]] = {}
        self._events = EventPublisher(publish or self._publish_to_sns)
        self._clients: dict[str, Any] = {}
        self._server = Server(("127.0.0.1", port), _handler_for(self))
        self.port: int = self._server.server_address[1]
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, name="ses", daemon=True)
        self._thread.start()

    @classmethod
    def over(cls, standin_port: int, *, port: int = 0, mail_file: Path | None = None, **settings: Any) -> "LocalSes":
        return cls(standin_port=standin_port, port=port, mailbox=Mailbox(mail_file), **settings)

    def send(self, request: dict[str, Any]) -> str:
        """Answer a SendEmail call with the message id. Raises SesError."""
        mail = outgoing_of(request)
        destinations = self._event_destinations(mail.configuration_set)
        self._check_identity(mail.source)
        self.account.admit(len(mail.recipients))
        answer_lost = False
        if self.faults:
            try:
                self.faults.popleft()(mail)
            except LostAnswer:
                answer_lost = True
        suppressed = self._suppressed(mail)
        if len(suppressed) < len(mail.recipients):
            self.mailbox.add(mail)
        self.accepted.append((time.monotonic(), len(mail.recipients)))
        for event in events_of(mail, suppressed) if destinations else ():
            name = EVENT_NAMES.get(event["eventType"], event["eventType"].upper())
            for topic_arn, types in destinations:
                if name in types:
                    self._events.put(topic_arn, event)
        if answer_lost:
            raise LostAnswer
        return mail.message_id

    def send_bulk(self, request: dict[str, Any]) -> list[dict[str, str]]:
        """Answer a SendBulkEmail call with a result per entry, in order. Raises SesError if the call is malformed."""
        results = []
        for entry in list(bulk_requests_of(request)):
            try:
                results.append({"Status": "SUCCESS", "MessageId": self.send(entry)})
            except SesError as error:
                results.append({"Status": _bulk_status(error), "Error": error.message})
        return results

    def identities_of_the_standin(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return its answer to ListEmailIdentities."""
        if self.standin_port is None:
            return {}
        answer: dict[str, Any] = self._client("sesv2").list_email_identities(**request)
        return answer

    def flush(self) -> None:
        """Wait until SNS has every event of the mails accepted so far."""
        self._events.flush()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._events.close()
        self.mailbox.close()

    def _event_destinations(self, configuration_set: str | None) -> list[tuple[str, set[str]]]:
        if not configuration_set or self.standin_port is None:
            return []
        return list(self._cached("destinations", configuration_set, self._read_destinations))

    def _suppressed(self, mail: Outgoing) -> set[str]:
        """Return the recipients to whom SES does not send, by the reasons of the configuration set."""
        suppressed = self.suppressions.suppressed(mail.recipients, set(REASONS))
        if not (suppressed and mail.configuration_set and self.standin_port):
            return suppressed
        reasons = self._cached("reasons", mail.configuration_set, self._read_suppressed_reasons)
        return self.suppressions.suppressed(mail.recipients, reasons)

    def _read_suppressed_reasons(self, name: str) -> set[str]:
        """Return the reasons of a configuration set; without any, those of the account, which are all."""
        options = self._client("sesv2").get_configuration_set(ConfigurationSetName=name).get("SuppressionOptions", {})
        return set(options.get("SuppressedReasons", REASONS))

    def _read_destinations(self, name: str) -> list[tuple[str, set[str]]]:
        try:
            answer = self._client("sesv2").get_configuration_set_event_destinations(ConfigurationSetName=name)
        except ClientError as exc:
            raise not_found(f"Configuration set <{name}> does not exist.") from exc
        return [
            (destination["SnsDestination"]["TopicArn"], set(destination["MatchingEventTypes"]))
            for destination in answer["EventDestinations"]
            if destination.get("Enabled", True) and "SnsDestination" in destination
        ]

    def _check_identity(self, source: str) -> None:
        """SES takes mail only from a verified address or domain, or below a verified domain."""
        if not self._require_identity:
            return
        address = bare_address(source).lower()
        labels = address.rpartition("@")[2].split(".")
        names = [address, *(".".join(labels[start:]) for start in range(len(labels) - 1))]
        if not any(self._cached("identity", name, self._is_verified) for name in names):
            raise rejected(
                "Email address is not verified. The following identities failed the check in region "
                f"{REGION.upper()}: {address}"
            )

    def _is_verified(self, name: str) -> bool:
        if self.identities.knows(name):
            return self.identities.is_verified(name)
        if self.standin_port is None:
            return False
        try:
            return bool(self._client("sesv2").get_email_identity(EmailIdentity=name)["VerifiedForSendingStatus"])
        except ClientError:
            return False

    def _cached(self, kind: str, name: str, read: Callable[[str], Any]) -> Any:
        entry = self._known.get((kind, name))
        now = time.monotonic()
        if entry is None or entry[0] < now or not entry[1]:  # a missing resource can be created at any moment
            entry = (now + CACHE_S, read(name))
            self._known[(kind, name)] = entry
        return entry[1]

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = boto3.session.Session().client(
                service,
                endpoint_url=f"http://127.0.0.1:{self.standin_port}",
                region_name=REGION,
                aws_access_key_id=ACCOUNT_ID,
                aws_secret_access_key="local",
                config=Config(parameter_validation=False, max_pool_connections=32),
            )
        return self._clients[service]

    def _publish_to_sns(self, topic_arn: str, messages: list[str]) -> None:
        entries = [{"Id": str(number), "Message": message} for number, message in enumerate(messages)]
        self._client("sns").publish_batch(TopicArn=topic_arn, PublishBatchRequestEntries=entries)


def _bulk_status(error: SesError) -> str:
    """https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_BulkEmailEntryResult.html"""
    if error.status == 429:
        return "ACCOUNT_DAILY_QUOTA_EXCEEDED" if "Daily" in error.message else "ACCOUNT_THROTTLED"
    by_code = {
        "SendingPausedException": "ACCOUNT_SENDING_PAUSED",
        "MessageRejected": "MESSAGE_REJECTED",
        "NotFoundException": "CONFIGURATION_SET_NOT_FOUND",
    }
    return by_code.get(error.code, "INVALID_PARAMETER")


def _send_email(ses: LocalSes, request: dict[str, Any]) -> dict[str, Any]:
    return {"MessageId": ses.send(request)}


def _send_bulk_email(ses: LocalSes, request: dict[str, Any]) -> dict[str, Any]:
    return {"BulkEmailEntryResults": ses.send_bulk(request)}


def _get_account(ses: LocalSes, request: dict[str, Any]) -> dict[str, Any]:
    return ses.account.as_get_account()


def _put_sending(ses: LocalSes, request: dict[str, Any]) -> dict[str, Any]:
    ses.account.configure(paused=not request.get("SendingEnabled", False))
    return {}


def _create_identity(ses: LocalSes, request: dict[str, Any]) -> dict[str, Any]:
    return ses.identities.create(request)


def _list_identities(ses: LocalSes, request: dict[str, Any]) -> dict[str, Any]:
    answer = ses.identities_of_the_standin(request)
    return answer | {"EmailIdentities": [*answer.get("EmailIdentities", []), *ses.identities.summaries()]}


def _put_suppressed(ses: LocalSes, request: dict[str, Any]) -> dict[str, Any]:
    return ses.suppressions.put(request)


def _list_suppressed(ses: LocalSes, request: dict[str, Any]) -> dict[str, Any]:
    return ses.suppressions.list_all()


_SERVED: dict[tuple[str, str], Callable[[LocalSes, dict[str, Any]], dict[str, Any]]] = {
    ("POST", "/v2/email/outbound-emails"): _send_email,
    ("POST", "/v2/email/outbound-bulk-emails"): _send_bulk_email,
    ("GET", "/v2/email/account"): _get_account,
    ("PUT", "/v2/email/account/sending"): _put_sending,
    ("POST", "/v2/email/identities"): _create_identity,
    ("POST", "/v2/email/list-identities"): _list_identities,
    ("PUT", "/v2/email/suppression/addresses"): _put_suppressed,
    ("GET", "/v2/email/suppression/addresses"): _list_suppressed,
}
_IDENTITY_PATH = re.compile(r"/v[12]/email/identities/([^/]+)(/dkim/signing|/mail-from)?")
"""Older SDKs call /v1/… for the signing."""


def _identity_action(ses: LocalSes, method: str, path: str) -> Callable[[LocalSes, dict[str, Any]], Any] | None:
    """Return the action on a domain that was made here; others are in the stand-in."""
    match = _IDENTITY_PATH.fullmatch(path)
    if match is None or not ses.identities.knows(name := unquote(match[1])):
        return None
    actions: dict[tuple[str, str | None], Callable[[LocalSes, dict[str, Any]], Any]] = {
        ("GET", None): lambda ses, request: ses.identities.get(name),
        ("DELETE", None): lambda ses, request: ses.identities.delete(name),
        ("PUT", "/dkim/signing"): lambda ses, request: ses.identities.put_signing(name, request),
        ("PUT", "/mail-from"): lambda ses, request: ses.identities.put_mail_from(name, request),
    }
    return actions.get((method, match[2]))


_SUPPRESSION_PATH = re.compile(r"/v2/email/suppression/addresses/([^/]+)")


def _suppression_action(method: str, path: str) -> Callable[[LocalSes, dict[str, Any]], Any] | None:
    match = _SUPPRESSION_PATH.fullmatch(path)
    if match is None:
        return None
    address = unquote(match[1])
    actions: dict[str, Callable[[LocalSes, dict[str, Any]], Any]] = {
        "GET": lambda ses, request: ses.suppressions.get(address),
        "DELETE": lambda ses, request: ses.suppressions.delete(address),
    }
    return actions.get(method)


def _handler_for(ses: LocalSes) -> type[Handler]:
    class SesHandler(Handler):
        def answer_request(self) -> None:
            body = self.read_body()
            path = urlsplit(self.path).path
            action = (
                _SERVED.get((self.command, path))
                or _identity_action(ses, self.command, path)
                or _suppression_action(self.command, path)
            )
            if action is None:
                self._pass_on(body)
                return
            headers = [("Content-Type", "application/json"), ("x-amzn-RequestId", str(uuid.uuid4()))]
            try:
                status, answer = 200, action(ses, _json_of(body))
            except SesError as error:
                status, answer = error.status, {"message": error.message}
                headers.append(("x-amzn-ErrorType", error.code))
            except LostAnswer:
                self.close_connection = True
                return
            self.answer(status, json.dumps(answer).encode(), headers)

        def _pass_on(self, body: bytes) -> None:
            if ses.standin_port is None:
                missing = [("Content-Type", "application/json"), ("x-amzn-ErrorType", "NotFoundException")]
                self.answer(404, b'{"message": "Not served by the local SES endpoint."}', missing)
            else:
                self.answer(*forward(ses.standin_port, self.command, self.path, self.headers.items(), body))

    return SesHandler


def _json_of(body: bytes) -> dict[str, Any]:
    try:
        request = json.loads(body or b"{}")
    except ValueError as exc:
        raise bad_request("The request is not JSON.") from exc
    if not isinstance(request, dict):
        raise bad_request("The request is not a JSON object.")
    return request
