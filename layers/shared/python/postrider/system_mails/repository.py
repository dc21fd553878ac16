"""Store the designs of system mails, one item for each account."""

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any

from postrider.content.system_mail_kinds import SystemMail
from postrider.storage.accounts_table import account_key
from postrider.storage.dynamo import batch_get
from postrider.system_mails.model import KINDS, Designs, SystemMailDesign
from postrider.system_mails.table import SystemMailsItem

_SORT_KEY = "system_mails"


class SystemMailRepository:
    def get(self, account_id: str) -> Designs:
        return self.many([account_id]).get(account_id, {})

    def many(self, account_ids: Iterable[str]) -> dict[str, Designs]:
        """Return the designs by account; accounts without designs are missing."""
        owners = {account_key(account_id): account_id for account_id in account_ids}
        items = batch_get(SystemMailsItem, [(key, _SORT_KEY) for key in owners])
        return {owners[item.pk]: _designs(item) for item in items}

    def change(self, account_id: str, designs: dict[SystemMail, list[SystemMailDesign] | None]) -> None:
        """Set the designs of the given kinds; None, or an empty list, clears a kind."""
        actions: list[Any] = [SystemMailsItem.kind.set(SystemMailsItem)]
        for kind, entries in designs.items():
            attribute = getattr(SystemMailsItem, kind.value)
            actions.append(attribute.set([asdict(entry) for entry in entries]) if entries else attribute.remove())
        SystemMailsItem(account_key(account_id), _SORT_KEY).update(actions=actions)


def _designs(item: SystemMailsItem) -> Designs:
    stored = {kind: getattr(item, kind.value) for kind in KINDS}
    return {kind: [SystemMailDesign(**entry) for entry in entries] for kind, entries in stored.items() if entries}
