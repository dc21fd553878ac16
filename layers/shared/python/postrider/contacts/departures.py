"""Store departures beside contacts: with a free address, or of an erased person under the keyed hash of the address."""

from collections.abc import Collection, Iterable
from functools import partial

from pynamodb.transactions import TransactWrite

from postrider.contacts.claims import ContactClaims
from postrider.contacts.mapping import claim_key, departures_key
from postrider.contacts.model import WithdrawnBy
from postrider.contacts.table import ClaimItem, ContactsItem, DepartureItem
from postrider.storage.accounts_table import padded
from postrider.storage.dynamo import batch_get, transact, was_made


class StoredDepartures:
    def __init__(self, claims: ContactClaims) -> None:
        self._claims = claims

    def keep(self, account_id: str, list_id: int, address: str, departure: WithdrawnBy) -> bool:
        """Store a departure with a free address, unless a stricter one is stored; return False if the address is claimed."""
        claim = ClaimItem(*claim_key(account_id, list_id, address), withdrawn_by=departure.value)
        weaker = {WithdrawnBy.BOUNCE.value, *([WithdrawnBy.PERSON.value] if departure == WithdrawnBy.COMPLAINT else [])}
        is_weaker = ClaimItem.withdrawn_by.does_not_exist() | ClaimItem.withdrawn_by.is_in(*sorted(weaker))
        if was_made(lambda: claim.save(condition=ClaimItem.contact_id.does_not_exist() & is_weaker)):
            return True
        known = self._claims.known(account_id, list_id, [address])
        return not known.claims and address in known.departures

    def erase(self, account_id: str, list_ids: Iterable[int], address: str, digest: str) -> None:
        """Replace a free address with departures by its keyed hash, under which stricter departures remain."""
        is_weaker = DepartureItem.withdrawn_by.does_not_exist() | (
            DepartureItem.withdrawn_by == WithdrawnBy.BOUNCE.value
        )

        def write(writes: TransactWrite, item: ClaimItem, *, is_stricter: bool) -> None:
            writes.delete(item, condition=ClaimItem.contact_id.does_not_exist())
            key = departures_key(account_id, digest), padded(int(item.pk.split("#")[2]))
            if is_stricter:
                writes.save(DepartureItem(*key, withdrawn_by=item.withdrawn_by), condition=is_weaker)
            else:
                writes.condition_check(DepartureItem, *key, condition=~is_weaker)

        keys = [claim_key(account_id, list_id, address) for list_id in list_ids]
        for item in list(batch_get(ContactsItem, keys)):
            if isinstance(item, ClaimItem) and item.contact_id is None:
                for is_stricter in (True, False):
                    if was_made(partial(transact, partial(write, item=item, is_stricter=is_stricter))):
                        break

    def keep_hashed(
        self, writes: TransactWrite, account_id: str, list_id: int, digest: str, departure: WithdrawnBy
    ) -> None:
        """Store a departure of an erased person under the keyed hash of the address."""
        key = departures_key(account_id, digest), padded(list_id)
        writes.save(DepartureItem(*key, withdrawn_by=departure.value))

    def restore(self, account_id: str, list_ids: Collection[int], address: str, digest: str) -> None:
        """Store the departures of an erased person with the address again, after the removal of the erasure."""
        for item in list(DepartureItem.query(departures_key(account_id, digest), consistent_read=True)):
            if int(item.sk) in list_ids:
                self.keep(account_id, int(item.sk), address, WithdrawnBy(item.withdrawn_by))
            item.delete()
