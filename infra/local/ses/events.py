"""Write the events of a mail as SES does: the JSON of a configuration set, by mailbox-simulator address.

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
https://docs.aws.amazon.com/ses/latest/dg/send-an-email-from-console.html (the simulator; labels after + are allowed)
"""

import uuid
from collections.abc import Callable, Collection, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from infra.local.ses.compose import Outgoing, bare_address, header_lines
from infra.local.standin import ACCOUNT_ID, REGION

SIMULATOR_DOMAIN = "simulator.amazonses.com"
MAX_HEADER_BYTES = 10_000  # SES cuts the headers of a notification there
EICAR = b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE"

Event = dict[str, Any]

# Local parts at the simulator, and the events that follow the Send event. The last three are additions of this
# endpoint: the simulator has no address for a soft bounce, a delay or a refused mail.
OUTCOMES: dict[str, tuple[str, ...]] = {
    "success": ("delivery",),
    "bounce": ("bounce",),
    "suppressionlist": ("suppressed",),
    "complaint": ("delivery", "complaint"),
    "ooto": ("delivery", "auto_reply"),
    "softbounce": ("soft_bounce",),
    "delay": ("delay", "delivery"),
    "reject": ("reject",),
}


def outcomes_of(address: str) -> tuple[str, ...]:
    local, _, domain = bare_address(address).lower().rpartition("@")
    if domain != SIMULATOR_DOMAIN:
        return ("delivery",)
    return OUTCOMES.get(local.partition("+")[0], ("delivery",))


def events_of(mail: Outgoing, suppressed: Collection[str] = ()) -> Iterator[Event]:
    """Yield all events of a mail in order: Send for the message, then the outcomes of its recipients.

    Recipients in `suppressed` are on the suppression list of the account.
    """
    described = _mail_object(mail)
    by_outcome: dict[str, list[str]] = {}
    for recipient in mail.recipients:
        outcomes = ("on_list",) if recipient in suppressed else outcomes_of(recipient)
        for outcome in outcomes if EICAR not in mail.raw else ("reject",):
            by_outcome.setdefault(outcome, []).append(bare_address(recipient))
    if "reject" in by_outcome:  # refused as a whole
        yield {"eventType": "Reject", "mail": described, "reject": {"reason": "Bad content"}}
        return
    yield {"eventType": "Send", "mail": described, "send": {}}
    for outcome in ("delay", "delivery", *by_outcome):
        if recipients := by_outcome.pop(outcome, None):
            yield _EVENTS[outcome](described, recipients, mail.accepted_at)


def _stamp(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"


def _mail_object(mail: Outgoing) -> dict[str, Any]:
    headers, size, truncated = [], 0, False
    for name, value in header_lines(mail.raw):
        size += len(name) + len(value)
        if size > MAX_HEADER_BYTES:
            truncated = True
            break
        headers.append({"name": "-".join(part.capitalize() for part in name.split("-")), "value": value})
    values = {header["name"].lower(): header["value"] for header in headers}
    common: dict[str, Any] = {"messageId": mail.message_id}
    if "return-path" in values:
        common["returnPath"] = bare_address(values["return-path"])
    common |= {name: [values[name]] for name in ("from", "to", "cc") if name in values}
    common |= {name: values[name] for name in ("date", "subject") if name in values}
    tags = {
        "ses:source-tls-version": ["TLSv1.3"],
        "ses:operation": ["SendEmail"],
        "ses:source-ip": ["127.0.0.1"],
        "ses:from-domain": [bare_address(mail.source).rpartition("@")[2]],
        "ses:caller-identity": ["local"],
    }
    if mail.configuration_set:
        tags["ses:configuration-set"] = [mail.configuration_set]
    return {
        "timestamp": _stamp(mail.accepted_at),
        "source": mail.source,
        "sourceArn": f"arn:aws:ses:{REGION}:{ACCOUNT_ID}:identity/{tags['ses:from-domain'][0]}",
        "sendingAccountId": ACCOUNT_ID,
        "messageId": mail.message_id,
        "destination": [bare_address(recipient) for recipient in mail.recipients],
        "headersTruncated": truncated,
        "headers": headers,
        "commonHeaders": common,
        "tags": tags | {name: [value] for name, value in mail.tags.items()},
    }


def _feedback_id() -> str:
    return f"0107{uuid.uuid4().hex[:12]}-{uuid.uuid4()}-000000"


def _delivery(mail: dict[str, Any], recipients: list[str], sent: datetime) -> Event:
    delivery = {
        "timestamp": _stamp(max(datetime.now(UTC), sent)),
        "processingTimeMillis": 1,
        "recipients": recipients,
        "smtpResponse": "250 2.6.0 Message received (local inbox)",
        "reportingMTA": "a1-2.smtp-out.local",
    }
    return {"eventType": "Delivery", "mail": mail, "delivery": delivery}


def _bounce(kind: str, sub_kind: str, status: str, diagnostic: str) -> Callable[..., Event]:
    def event(mail: dict[str, Any], recipients: list[str], sent: datetime) -> Event:
        bounce = {
            "feedbackId": _feedback_id(),
            "bounceType": kind,
            "bounceSubType": sub_kind,
            "bouncedRecipients": [
                {"emailAddress": address, "action": "failed", "status": status, "diagnosticCode": diagnostic}
                for address in recipients
            ],
            "timestamp": _stamp(max(datetime.now(UTC), sent)),
            "reportingMTA": "dns; a1-2.smtp-out.local",
        }
        return {"eventType": "Bounce", "mail": mail, "bounce": bounce}

    return event


def _complaint(mail: dict[str, Any], recipients: list[str], sent: datetime) -> Event:
    now = _stamp(max(datetime.now(UTC), sent))
    complaint = {
        "feedbackId": _feedback_id(),
        "complaintSubType": None,
        "complainedRecipients": [{"emailAddress": address} for address in recipients],
        "timestamp": now,
        "userAgent": "Amazon SES Mailbox Simulator",
        "complaintFeedbackType": "abuse",
        "arrivalDate": now,
    }
    return {"eventType": "Complaint", "mail": mail, "complaint": complaint}


def _delay(mail: dict[str, Any], recipients: list[str], sent: datetime) -> Event:
    diagnostic = "smtp; 421 4.4.1 Unable to connect to remote host"
    delay = {
        "timestamp": _stamp(max(datetime.now(UTC), sent)),
        "delayType": "TransientCommunicationFailure",
        "expirationTime": _stamp(sent + timedelta(hours=14)),
        "delayedRecipients": [
            {"emailAddress": address, "status": "4.4.1", "diagnosticCode": diagnostic} for address in recipients
        ],
    }
    return {"eventType": "DeliveryDelay", "mail": mail, "deliveryDelay": delay}


_EVENTS: dict[str, Callable[..., Event]] = {
    "delivery": _delivery,
    "delay": _delay,
    "complaint": _complaint,
    "bounce": _bounce("Permanent", "General", "5.1.1", "smtp; 550 5.1.1 user unknown"),
    "soft_bounce": _bounce("Transient", "MailboxFull", "4.2.2", "smtp; 452 4.2.2 mailbox full"),
    "auto_reply": _bounce("Transient", "General", "5.0.0", "smtp; out of office"),
    "suppressed": _bounce(
        "Permanent",
        "Suppressed",
        "5.1.1",
        "Amazon SES has suppressed sending to this address because it has a recent history of bouncing as an invalid "
        "address.",
    ),
    "on_list": _bounce(
        "Permanent",
        "OnAccountSuppressionList",
        "5.1.1",
        "Amazon SES did not send the message to this address because it is on the suppression list for your account.",
    ),
}
