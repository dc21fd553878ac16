"""Store the epoch: one item for all tables."""

from dataclasses import asdict

from postrider.epochs.model import Epoch
from postrider.epochs.table import EpochItem
from postrider.storage.accounts_table import item_or_none
from postrider.storage.dynamo import entity, was_made

EPOCH_KEY = ("deployment", "epoch")


class EpochRepository:
    def get(self) -> Epoch | None:
        """Return the epoch, or None in new tables."""
        item = item_or_none(EpochItem, *EPOCH_KEY)
        return None if item is None else entity(Epoch, item)

    def begin(self, epoch: Epoch) -> bool:
        """Store the first epoch. Return False if an epoch exists."""
        return was_made(lambda: self._item(epoch).save(condition=EpochItem.pk.does_not_exist()))

    def replace(self, epoch: Epoch) -> None:
        self._item(epoch).save()

    @staticmethod
    def _item(epoch: Epoch) -> EpochItem:
        return EpochItem(*EPOCH_KEY, **asdict(epoch))
