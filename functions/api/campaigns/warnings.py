"""Warnings in the answers of calls that send mails."""

from functions.api.campaigns.schemas_campaigns import Warning
from postrider import bootstrap

NO_POSTAL_ADDRESS = Warning(
    type="no_postal_address",
    msg=(
        "The account has no postal address, which many laws require in every marketing email; set it with "
        "PATCH /accounts/self."
    ),
)


def warnings(account_id: str) -> list[Warning]:
    """Return what the account should mend before it sends."""
    return [] if bootstrap.accounts().get_cached(account_id).has_postal_address else [NO_POSTAL_ADDRESS]
