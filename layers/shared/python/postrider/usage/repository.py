"""Store the mails that campaigns have reserved of an account's limit, and the number of accepted transactional mails."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from postrider.storage.dynamo import was_made
from postrider.usage.rules import UsagePeriod
from postrider.usage.table import AcceptedMailsItem, ReservationsItem

RESERVATIONS: Final = "reservations"
ACCEPTED: Final = "accepted#"


@dataclass(frozen=True)
class Reservations:
    """The reservations of an account: numbers of recipients by campaign id. `version` is 0 before the first reservation."""

    recipients: Mapping[int, int] = field(default_factory=dict)
    version: int = 0


class ReservationRepository:
    def get(self, account_id: str) -> Reservations:
        try:
            item = ReservationsItem.get(_pk(account_id), RESERVATIONS, consistent_read=True)
        except ReservationsItem.DoesNotExist:
            return Reservations()
        return Reservations({int(number): count for number, count in item.recipients.items()}, int(item.version))

    def replace(
        self, account_id: str, before: Reservations, recipients: Mapping[int, int], *, expires_at: datetime
    ) -> bool:
        """Store these reservations if the stored ones are still `before`; return whether they were stored."""
        item = ReservationsItem(
            _pk(account_id),
            RESERVATIONS,
            recipients={str(number): count for number, count in recipients.items()},
            version=before.version + 1,
            expires_at=expires_at,
        )
        is_same = ReservationsItem.version == before.version if before.version else ReservationsItem.pk.does_not_exist()
        return was_made(lambda: item.save(condition=is_same))


class AcceptedMailRepository:
    """Count the accepted transactional mails of each period."""

    def get(self, account_id: str, period: UsagePeriod) -> int | None:
        """Return the number of accepted mails, None if they are not counted yet."""
        try:
            return int(AcceptedMailsItem.get(*_accepted_key(account_id, period), consistent_read=True).mails)
        except AcceptedMailsItem.DoesNotExist:
            return None

    def start(self, account_id: str, period: UsagePeriod, mails: int) -> None:
        """Store the first number of the period, unless a number is stored."""
        key, expires_at = _accepted_key(account_id, period), period.end + timedelta(days=1)
        item = AcceptedMailsItem(*key, mails=mails, expires_at=expires_at)
        was_made(lambda: item.save(condition=AcceptedMailsItem.pk.does_not_exist()))

    def raise_to(self, account_id: str, period: UsagePeriod, mails: int) -> None:
        """Replace a smaller number."""
        item = AcceptedMailsItem(*_accepted_key(account_id, period))
        was_made(lambda: item.update([AcceptedMailsItem.mails.set(mails)], condition=AcceptedMailsItem.mails < mails))

    def add(self, account_id: str, period: UsagePeriod, mails: int, *, most: int) -> bool:
        """Add mails if their number is at most `most` afterwards; return whether they were added."""
        item, has_room = AcceptedMailsItem(*_accepted_key(account_id, period)), AcceptedMailsItem.mails <= most - mails
        return was_made(lambda: item.update([AcceptedMailsItem.mails.add(mails)], condition=has_room))

    def remove(self, account_id: str, period: UsagePeriod, mails: int) -> None:
        """Subtract mails that were added and then refused."""
        AcceptedMailsItem(*_accepted_key(account_id, period)).update([AcceptedMailsItem.mails.add(-mails)])


def _accepted_key(account_id: str, period: UsagePeriod) -> tuple[str, str]:
    return _pk(account_id), f"{ACCEPTED}{period.start:%Y-%m-%d}"


def _pk(account_id: str) -> str:
    return f"account#{account_id}"
