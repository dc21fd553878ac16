"""Send raw messages with SES v2, without retries by the SDK."""

import threading
from collections.abc import Collection
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    CredentialRetrievalError,
    EndpointConnectionError,
    HTTPClientError,
    NoCredentialsError,
    ProxyConnectionError,
)

from postrider.aws.clients import CONNECT_TIMEOUT_S, new_client
from postrider.kit.clock import Clock
from postrider.kit.domains import with_ascii_domain
from postrider.ports.mailer import (
    ANSWER_TIMEOUT_S,
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

READ_TIMEOUT_S = ANSWER_TIMEOUT_S - CONNECT_TIMEOUT_S
"""Timeout of an answer of SES, which usually takes tens of milliseconds."""
QUOTA_LOOK = timedelta(hours=1)
"""The pause after the daily quota is reached. The quota counts a rolling day; SES does not report when mail is possible again.

https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas.html
"""
NO_DAILY_LIMIT = -1
IDENTITIES_PER_PAGE = 1000
SIMULATOR = "simulator.amazonses.com"
"""https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html"""
IDLE_KEPT = timedelta(seconds=5)
"""Maximum idle time of a connection. A function is frozen between calls and does not notice a closed connection."""

_NEVER_SENT = (ConnectTimeoutError, EndpointConnectionError, ProxyConnectionError)
_NO_CREDENTIALS = (NoCredentialsError, CredentialRetrievalError)

_THROTTLED, _PAUSED, _REFUSED = "throttled", "paused", "refused"
_ANSWERS = {
    # https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html#API_SendEmail_Errors
    # https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html
    "TooManyRequestsException": _THROTTLED,
    "LimitExceededException": _THROTTLED,
    "ThrottlingException": _THROTTLED,
    "Throttling": _THROTTLED,
    "AccountSuspendedException": _PAUSED,
    "SendingPausedException": _PAUSED,
    "MailFromDomainNotVerifiedException": _PAUSED,
    "NotFoundException": _PAUSED,  # the configuration set does not exist
    "BadRequestException": _REFUSED,
    "MessageRejected": _REFUSED,
    # errors of the deployment: https://docs.aws.amazon.com/ses/latest/APIReference-V2/CommonErrors.html
    "AccessDeniedException": _PAUSED,
    "ExpiredTokenException": _THROTTLED,
    "IncompleteSignature": _PAUSED,
    "InvalidClientTokenId": _PAUSED,
    "NotAuthorized": _PAUSED,
    "OptInRequired": _PAUSED,
    "RequestExpired": _THROTTLED,
    "UnrecognizedClientException": _PAUSED,
    "ValidationError": _REFUSED,
    "ValidationException": _REFUSED,
}
_DAILY = "daily"
"""Only the text distinguishes the quota ("Daily message quota exceeded.") from the rate ("Maximum sending rate …")."""
_NOT_VERIFIED = "not verified"
"""The text names addresses. An unverified recipient (sandbox) fails only this mail, an unverified sender all mails.

https://docs.aws.amazon.com/ses/latest/dg/troubleshoot-error-messages.html
"""
_SERVER_ERROR = 500


class SesMailer:
    def __init__(
        self,
        configuration_set: str | None,
        now: Clock,
        *,
        connections: int = 16,
        read_timeout_s: float = READ_TIMEOUT_S,
    ) -> None:
        self._configuration_set, self._now = configuration_set, now
        self._connections, self._read_timeout_s = connections, read_timeout_s
        self._lock = threading.Lock()
        self._used_at: datetime | None = None

    @cached_property
    def _ses(self) -> Any:
        # one attempt: the SDK would send the mail again after a timeout
        config = Config(
            retries={"max_attempts": 0},
            read_timeout=self._read_timeout_s,
            max_pool_connections=self._connections,
        )
        return new_client("sesv2", config)

    def _connected(self) -> Any:
        """Return the client, after a pause with new connections: a mail over a closed connection could not be repeated."""
        with self._lock:
            now = self._now()
            if self._used_at is not None and now - self._used_at > IDLE_KEPT:
                self._ses.close()
            self._used_at = now
            return self._ses

    def send(self, mail: OutgoingMail) -> str:
        sender = with_ascii_domain(mail.sender)
        request: dict[str, Any] = {
            "FromEmailAddress": sender,
            "Destination": {"ToAddresses": [with_ascii_domain(mail.to)]},
            "Content": {"Raw": {"Data": mail.message}},
            "EmailTags": [{"Name": name, "Value": value} for name, value in mail.tags.items()],
        }
        if self._configuration_set:
            request["ConfigurationSetName"] = self._configuration_set
        ses = self._connected()
        try:
            message_id: str = ses.send_email(**request)["MessageId"]
        except ClientError as exc:
            raise self._mailer_error(exc, sender) from exc
        except _NEVER_SENT as exc:
            raise MailerThrottled("SES could not be reached.") from exc
        except _NO_CREDENTIALS as exc:
            raise MailerPaused("There are no credentials for SES.") from exc
        except HTTPClientError as exc:  # a timeout or a closed connection after the request was sent
            raise MailerUnknown("SES did not answer.") from exc
        return message_id

    def limits(self) -> SendingLimits:
        try:
            answer = self._reading.get_account()
        except (ClientError, BotoCoreError) as exc:
            raise LimitsUnknown(str(exc)) from exc
        quota = answer["SendQuota"]
        max_per_day = int(quota["Max24HourSend"])
        return SendingLimits(
            max_per_second=float(quota["MaxSendRate"]),
            max_per_day=None if max_per_day == NO_DAILY_LIMIT else max_per_day,
            sent_last_day=int(quota["SentLast24Hours"]),
            enabled=bool(answer["SendingEnabled"]),
            has_production_access=bool(answer.get("ProductionAccessEnabled", True)),
        )

    def verified_identities(self) -> Collection[str]:
        verified, page = {SIMULATOR}, {"PageSize": IDENTITIES_PER_PAGE}
        while True:
            try:
                answer = self._reading.list_email_identities(**page)
            except (ClientError, BotoCoreError) as exc:
                raise LimitsUnknown(str(exc)) from exc
            verified |= {
                identity["IdentityName"].lower()
                for identity in answer["EmailIdentities"]
                if identity.get("VerificationStatus") == "SUCCESS"
            }
            if not answer.get("NextToken"):
                return verified
            page["NextToken"] = answer["NextToken"]

    @cached_property
    def _reading(self) -> Any:
        """The client for reads, which the SDK may retry."""
        return new_client("sesv2")

    def _mailer_error(self, exc: ClientError, sender: str) -> MailerError:
        code, text = exc.response["Error"]["Code"], exc.response["Error"].get("Message", "")
        status = exc.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        kind = _ANSWERS.get(code)
        if kind == _THROTTLED and _DAILY in text.lower():
            return MailerQuotaReached(text, reset_at=self._now() + QUOTA_LOOK)
        if kind == _THROTTLED:
            return MailerThrottled(text)
        if kind == _PAUSED or (_NOT_VERIFIED in text.lower() and sender.lower() in text.lower()):
            return MailerPaused(text or code)
        if kind == _REFUSED:
            return MailerRefused(text, code=code)
        if status >= _SERVER_ERROR:
            return MailerUnknown(f"{code}: {text}")
        return MailerPaused(f"{code}: {text}")  # an unknown refusal: an operator has to check it
