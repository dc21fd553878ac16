"""Define the table for the configuration of accounts: few items each, read together by key prefix."""

from collections.abc import Iterator
from typing import TypeVar

from pynamodb.attributes import DiscriminatorAttribute, TTLAttribute, UnicodeAttribute
from pynamodb.constants import PAY_PER_REQUEST_BILLING_MODE
from pynamodb.models import Model

from postrider.kit.errors import NotFound
from postrider.kit.settings import table_name
from postrider.storage.dynamo import is_possible_key

_ID_DIGITS = 16


class AccountsTableItem(Model):
    """An item of any kind. `pk` is the owner (account#<id>, or a global claim), `sk` is `<kind>#<id>`."""

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
    """Return the items of an account whose sort key starts with `prefix`, in key order; strongly consistent."""
    items = AccountsTableItem.query(
        account_key(account_id), AccountsTableItem.sk.startswith(prefix), consistent_read=True
    )
    return (item for item in items if isinstance(item, kind))


def item_or_none(kind: type[ItemT], pk: str, sk: str) -> ItemT | None:
    """Return the item with this key, strongly consistent, or None if no item of this kind exists."""
    if not is_possible_key(pk, sk):
        return None
    try:
        item = AccountsTableItem.get(pk, sk, consistent_read=True)
    except AccountsTableItem.DoesNotExist:
        return None
    return item if isinstance(item, kind) else None


def padded(number: int) -> str:
    """Return an integer id as key text that sorts numerically. Raises NotFound above the largest possible id, 2**53."""
    if number >= 10**_ID_DIGITS:
        raise NotFound("Unknown id: the number is too large.")
    return f"{number:0{_ID_DIGITS}d}"
