"""Store the uses of an object: new uses are noted before it is stored, and former uses are deleted afterwards.

So every use is noted at any moment, even after a failure in between. A noted use may be outdated, or may never have been
stored: readers check the objects themselves.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from postrider.kit.clock import Clock
from postrider.uses.model import UsedObject, UsingObject
from postrider.uses.repository import UseRepository


class UseService:
    def __init__(self, uses: UseRepository, now: Clock) -> None:
        self._uses, self._now = uses, now

    @contextmanager
    def saving(
        self,
        account_id: str,
        owner: UsingObject,
        *,
        before: Collection[UsedObject] = (),
        after: Collection[UsedObject] = (),
    ) -> Iterator[None]:
        """Note the uses `before` and `after` around the write of the owner in the context."""
        started_at = self._now()
        if added := set(after) - set(before):
            self._uses.add(account_id, owner, sorted(added), started_at)
        yield
        if removed := set(before) - set(after):
            self._uses.remove(account_id, owner, sorted(removed), noted_before=started_at)

    def owners(self, account_id: str, used: UsedObject) -> list[UsingObject]:
        """Return the current, and perhaps former, owners of uses of an object, in order of kind and id as texts."""
        return self._uses.owners(account_id, used)
