"""Store the reservations of campaigns: the part of an account's limit that each campaign has reserved."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from postrider.storage.dynamo import was_made
from postrider.usage.table import ReservationsItem

RESERVATIONS: Final = "reservations"


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


def _pk(account_id: str) -> str:
    return f"account#{account_id}"
