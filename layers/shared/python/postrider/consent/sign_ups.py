"""Store the values of sign-ups until their links confirm them."""

from collections.abc import Sequence

from postrider.consent.model import SignUp
from postrider.consent.repository import SignUpRepository
from postrider.contacts.model import ConsentRecord
from postrider.kit.clock import Clock


class SignUpService:
    def __init__(self, sign_ups: SignUpRepository, now: Clock) -> None:
        self._sign_ups, self._now = sign_ups, now

    def add(
        self,
        account_id: str,
        list_id: int,
        contact_id: int,
        *,
        sign_up_id: str,
        attributes: dict[str, str],
        interests: Sequence[str],
        consent: ConsentRecord,
    ) -> None:
        """Store a sign-up; repeating it changes nothing."""
        self._sign_ups.add(
            SignUp(
                id=sign_up_id,
                account_id=account_id,
                list_id=list_id,
                contact_id=contact_id,
                attributes=attributes,
                interests=list(interests),
                consent=consent,
                created_at=self._now(),
            )
        )

    def of_contact(self, account_id: str, list_id: int, contact_id: int) -> list[SignUp]:
        """Return the sign-ups of a contact that wait for their confirmation, in order of creation."""
        return self._sign_ups.of_contact(account_id, list_id, contact_id)

    def forget(self, account_id: str, list_id: int, contact_id: int) -> None:
        """Delete the sign-ups of a contact."""
        self._sign_ups.forget(account_id, list_id, contact_id)
