"""Warnings in the answers of calls that send mails."""

from collections.abc import Iterable

from functions.api.campaigns.schemas_campaigns import Warning
from postrider import bootstrap
from postrider.content.compile import ContentWarning

NO_POSTAL_ADDRESS = Warning(
    type="no_postal_address",
    msg=(
        "The account has no postal address, which many laws require in every marketing email; set it with "
        "PATCH /accounts/self."
    ),
)


def warnings(account_id: str, faults: Iterable[ContentWarning]) -> list[Warning]:
    """Return what the account should mend before it sends a campaign whose content has these faults."""
    has_address = bootstrap.accounts().get_cached(account_id).has_postal_address
    return ([] if has_address else [NO_POSTAL_ADDRESS]) + content_warnings(faults)


def content_warnings(faults: Iterable[ContentWarning]) -> list[Warning]:
    """Return the faults of a content as the API shows them."""
    return [Warning(type=warning.type, msg=warning.message) for warning in faults]
