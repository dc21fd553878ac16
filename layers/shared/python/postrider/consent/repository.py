"""Store sign-ups that wait for their confirmation, and claims of confirmation requests.

Sign-ups expire later than their links, claims later than the messages of their requests.
"""

from dataclasses import asdict, replace
from datetime import datetime, timedelta

from pydantic import TypeAdapter

from postrider.consent.model import LINK_LIFETIME, SignUp
from postrider.consent.queue_messages import MailConfirmationRequest
from postrider.consent.table import RequestClaimItem, SignUpItem
from postrider.contacts.model import ConsentRecord
from postrider.storage.dynamo import entity, was_made

_CONSENT = TypeAdapter(ConsentRecord)
KEPT_AFTER_LINK = timedelta(days=1)
CLAIMED_FOR = timedelta(days=30)
"""Retention of a claim: longer than a queue and then its dead-letter queue keep a message (28 days)."""


class SignUpRepository:
    def add(self, sign_up: SignUp) -> None:
        key = _key(sign_up.account_id, sign_up.list_id, sign_up.contact_id)
        expires_at = sign_up.created_at + LINK_LIFETIME + KEPT_AFTER_LINK
        values = {**asdict(sign_up), "consent": _CONSENT.dump_python(sign_up.consent, mode="json")}
        SignUpItem(key, sign_up.id, expires_at=expires_at, **values).save()

    def of_contact(self, account_id: str, list_id: int, contact_id: int) -> list[SignUp]:
        """Return the sign-ups of a contact, in order of creation."""
        items = SignUpItem.query(_key(account_id, list_id, contact_id), consistent_read=True)
        return sorted(map(_sign_up, items), key=lambda sign_up: sign_up.created_at)

    def forget(self, account_id: str, list_id: int, contact_id: int) -> None:
        """Delete the sign-ups of a contact."""
        with SignUpItem.batch_write() as batch:
            for item in SignUpItem.query(_key(account_id, list_id, contact_id), consistent_read=True):
                batch.delete(item)


class RequestClaims:
    """The claims that let only one of several requests of an import to a contact mail the link."""

    def claim(self, message: MailConfirmationRequest, now: datetime) -> bool:
        """Claim the link for this request; return False if another one has it. Each delivery of its message keeps it."""
        key = f"confirmation_request#{message.account_id}#{message.list_id}#{message.contact_id}"
        item = RequestClaimItem(
            key,
            f"{message.import_id}#{message.consent_number}",
            request_id=message.id,
            expires_at=now + CLAIMED_FOR,
        )
        is_free = RequestClaimItem.pk.does_not_exist() | (RequestClaimItem.request_id == message.id)
        return was_made(lambda: item.save(condition=is_free))


def _sign_up(item: SignUpItem) -> SignUp:
    sign_up = entity(SignUp, item)
    return replace(sign_up, consent=_CONSENT.validate_python(sign_up.consent))


def _key(account_id: str, list_id: int, contact_id: int) -> str:
    return f"signup#{account_id}#{list_id}#{contact_id}"
