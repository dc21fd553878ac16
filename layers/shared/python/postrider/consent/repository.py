"""Store sign-ups that wait for their confirmation. They expire later than their links."""

from dataclasses import asdict, replace
from datetime import timedelta

from pydantic import TypeAdapter

from postrider.consent.model import LINK_LIFETIME, SignUp
from postrider.consent.table import SignUpItem
from postrider.contacts.model import ConsentRecord
from postrider.storage.dynamo import entity

_CONSENT = TypeAdapter(ConsentRecord)
KEPT_AFTER_LINK = timedelta(days=1)


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


def _sign_up(item: SignUpItem) -> SignUp:
    sign_up = entity(SignUp, item)
    return replace(sign_up, consent=_CONSENT.validate_python(sign_up.consent))


def _key(account_id: str, list_id: int, contact_id: int) -> str:
    return f"signup#{account_id}#{list_id}#{contact_id}"
