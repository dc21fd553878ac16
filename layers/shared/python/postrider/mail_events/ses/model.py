"""Events of SES: the published JSON, and the event of each recipient in it.

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from postrider.mail_events.source import MailSource, SourceKind


class SesEventType(StrEnum):
    SEND = "Send"
    DELIVERY = "Delivery"
    BOUNCE = "Bounce"
    COMPLAINT = "Complaint"
    REJECT = "Reject"
    RENDERING_FAILURE = "Rendering Failure"
    DELIVERY_DELAY = "DeliveryDelay"


class _Wire(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)


class Mail(_Wire):
    timestamp: AwareDatetime
    message_id: str = Field(min_length=1)
    destination: list[str] = []
    tags: dict[str, list[str]] = {}

    def tag(self, name: str) -> str:
        values = self.tags.get(name) or [""]
        return values[0]


class SesRecipient(_Wire):
    email_address: str = ""
    status: str = ""
    diagnostic_code: str = ""


class Bounce(_Wire):
    bounce_type: str
    bounce_sub_type: str = ""
    bounced_recipients: list[SesRecipient] = []
    timestamp: AwareDatetime
    feedback_id: str = ""


class Complaint(_Wire):
    complained_recipients: list[SesRecipient] = []
    timestamp: AwareDatetime
    feedback_id: str = ""
    complaint_feedback_type: str | None = None


class SesDelivery(_Wire):
    timestamp: AwareDatetime
    smtp_response: str = ""


class Reject(_Wire):
    reason: str = ""


class Failure(_Wire):
    error_message: str = ""


class DeliveryDelay(_Wire):
    timestamp: AwareDatetime
    delay_type: str = ""
    delayed_recipients: list[SesRecipient] = []


class SesEvent(_Wire):
    """A message of SNS, delivered raw. `recipient_events` checks that it has the part for its type."""

    event_type: SesEventType
    mail: Mail
    bounce: Bounce | None = None
    complaint: Complaint | None = None
    delivery: SesDelivery | None = None
    reject: Reject | None = None
    failure: Failure | None = None
    delivery_delay: DeliveryDelay | None = None

    def recipient_events(self) -> Iterator["RecipientEvent"]:
        """Yield an event for each recipient. Raises ValueError if the part for the event's type is missing."""
        part = {
            SesEventType.BOUNCE: self.bounce,
            SesEventType.COMPLAINT: self.complaint,
            SesEventType.DELIVERY_DELAY: self.delivery_delay,
        }.get(self.event_type)
        if (
            self.event_type in (SesEventType.BOUNCE, SesEventType.COMPLAINT, SesEventType.DELIVERY_DELAY)
            and part is None
        ):
            raise ValueError(f"The event has the type {self.event_type} and no part for it.")
        timed = part or self.delivery
        moment = self.mail.timestamp if timed is None else timed.timestamp
        for index, recipient in enumerate(self._recipients()):
            yield RecipientEvent(
                type=self.event_type,
                message_id=self.mail.message_id,
                event_id=f"{self.mail.message_id}#{self.event_type}#{_feedback_id(part) or moment.isoformat()}#{index}",
                at=moment,
                address=self._address_of(recipient),
                bounce_type=self.bounce.bounce_type if self.bounce else "",
                bounce_sub_type=self.bounce.bounce_sub_type if self.bounce else "",
                status=recipient.status,
                diagnostic=recipient.diagnostic_code,
                is_not_spam=self.complaint is not None and self.complaint.complaint_feedback_type == "not-spam",
                reason=self._reason(),
            )

    def _recipients(self) -> list[SesRecipient]:
        if self.bounce:
            return self.bounce.bounced_recipients or [SesRecipient()]
        if self.complaint:
            # SES lists all recipients that may have complained; each of our mails has one recipient.
            return self.complaint.complained_recipients[:1] or [SesRecipient()]
        return [SesRecipient()]

    def _address_of(self, recipient: SesRecipient) -> str:
        """Return the address to which the mail was sent. Its server may report another one, to which it was forwarded."""
        return self.mail.destination[0] if self.mail.destination else recipient.email_address

    def _reason(self) -> str:
        if self.reject:
            return self.reject.reason
        if self.failure:
            return self.failure.error_message
        return self.delivery_delay.delay_type if self.delivery_delay else ""


def _feedback_id(part: BaseModel | None) -> str:
    return getattr(part, "feedback_id", "") or ""


@dataclass(frozen=True, kw_only=True)
class RecipientEvent:
    """An event of one recipient. `event_id` is the same if SES publishes it repeatedly.

    With `is_reported`, a program of the account has reported the event, not SES.
    """

    type: SesEventType
    message_id: str
    event_id: str
    at: datetime
    address: str = ""
    bounce_type: str = ""
    bounce_sub_type: str = ""
    status: str = ""
    diagnostic: str = ""
    is_not_spam: bool = False
    reason: str = ""
    is_reported: bool = False


@dataclass(frozen=True, kw_only=True)
class MailTags:
    """The recipient and the source of a mail, from the tags that it was sent with."""

    account_id: str
    source: MailSource
    list_id: int | None
    contact_id: int
    run_id: str
    variant: int = 0

    @property
    def campaign_id(self) -> int | None:
        """Return the id of the campaign, or None for another source."""
        return self.source.id if self.source.kind == SourceKind.CAMPAIGN else None
