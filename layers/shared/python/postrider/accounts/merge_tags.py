"""Return the fields of an account by merge tag (main-api.md, section 10)."""

from postrider.accounts.model import Account

_ADDRESS = {
    "ADDRESS": "address1",
    "CITY": "city",
    "PROVINCE": "province",
    "POSTAL_CODE": "postal_code",
    "COUNTRY": "country",
}
"""Merge tag by the name of the field in the account's address."""


def company_tags(account: Account) -> dict[str, str]:
    """Return the values of `[CLIENTS.…]` by the name after the dot; an unset field is empty."""
    return {tag: account.address.get(field) or "" for tag, field in _ADDRESS.items()} | {
        "COMPANY_NAME": account.name or "",
        "WEBSITE": account.website or "",
        "PHONE": account.phone or "",
    }
