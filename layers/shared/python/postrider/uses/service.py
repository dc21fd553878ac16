"""Keep the uses of what is saved: new ones are noted before an object is stored, former ones are forgotten after it.

So everything that names a thing is noted at any moment, whatever fails in between. What is noted may not name the thing
any more, or may never have been stored: readers look at the objects themselves.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from postrider.kit.clock import Clock
from postrider.uses.model import Owner, Used
from postrider.uses.repository import UseRepository


class UseService:
    def __init__(self, uses: UseRepository, now: Clock) -> None:
        self._uses, self._now = uses, now

    @contextmanager
    def saving(
        self, account_id: str, owner: Owner, *, before: Collection[Used] = (), after: Collection[Used] = ()
    ) -> Iterator[None]:
        """Store the owner inside, which named `before` and names `after` from now on."""
        started_at = self._now()
        if added := set(after) - set(before):
            self._uses.add(account_id, owner, sorted(added), started_at)
        yield
        if removed := set(before) - set(after):
            self._uses.remove(account_id, owner, sorted(removed), noted_before=started_at)

    def owners(self, account_id: str, used: Used) -> list[Owner]:
        """Return what names it, or did so once, in order of kind and id as texts."""
        return self._uses.owners(account_id, used)
