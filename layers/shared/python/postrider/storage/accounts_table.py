"""The table for what an account configures: bounded in number, read together by key prefix."""

from collections.abc import Iterator
from typing import TypeVar

from pynamodb.attributes import DiscriminatorAttribute, TTLAttribute, UnicodeAttribute
from pynamodb.constants import PAY_PER_REQUEST_BILLING_MODE
from pynamodb.models import Model

from postrider.kit.errors import NotFound
from postrider.kit.settings import table_name

_ID_DIGITS = 16


class AccountsTableItem(Model):
    """One table, many kinds: `pk` is the owner (account#<id>, or a global claim), `sk` is `<kind>#<id>`."""

    class Meta:
        table_name = table_name("accounts")
        billing_mode = PAY_PER_REQUEST_BILLING_MODE

    pk = UnicodeAttribute(hash_key=True)
    sk = UnicodeAttribute(range_key=True)
    kind = DiscriminatorAttribute()
    expires_at = TTLAttribute(null=True)


ItemT = TypeVar("ItemT", bound=AccountsTableItem)


def account_key(account_id: str) -> str:
    return f"account#{account_id}"


def items_of(kind: type[ItemT], account_id: str, prefix: str) -> Iterator[ItemT]:
    """All items of an account whose sort key starts with `prefix`, in key order; strongly consistent."""
    found = AccountsTableItem.query(
        account_key(account_id), AccountsTableItem.sk.startswith(prefix), consistent_read=True
    )
    return (item for item in found if isinstance(item, kind))


def item_or_none(kind: type[ItemT], pk: str, sk: str) -> ItemT | None:
    """One item by key, strongly consistent, or None when there is none of this kind (or it has expired)."""
    try:
        item = AccountsTableItem.get(pk, sk, consistent_read=True)
    except AccountsTableItem.DoesNotExist:
        return None
    return item if isinstance(item, kind) else None


def padded(number: int) -> str:
    """An integer id as key text that sorts numerically. Raises NotFound for one that no id has: they stay below 2**53."""
    if number >= 10**_ID_DIGITS:
        raise NotFound("There is nothing of this number.")
    return f"{number:0{_ID_DIGITS}d}"
