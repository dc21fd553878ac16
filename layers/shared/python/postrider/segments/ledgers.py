"""Read the rows of recipients of campaigns, for filters with conditions on activity."""

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from postrider.filters import Fact
from postrider.kit.clock import Clock
from postrider.kit.errors import FieldPath, Invalid, NotFound
from postrider.mail_events.recipients import rows_of_block
from postrider.mail_events.rules import LINKS_PER_SOURCE
from postrider.mail_events.source import MailSource

if TYPE_CHECKING:  # few filters name campaigns
    from postrider.campaigns.service import CampaignService
    from postrider.tracking.links import LinkTable


class CampaignLedgers:
    def __init__(self, campaigns: "CampaignService", links: "LinkTable", now: Clock) -> None:
        self._campaigns, self._links, self._now = campaigns, links, now

    def check(self, account_id: str, facts: Collection[Fact], *, field: FieldPath = ()) -> None:
        """Check that the campaigns and links of these facts exist, and that the rows of their recipients are still stored.

        Raises Invalid with `field`: a negated condition on an unknown campaign would match all contacts.
        """
        for campaign_id in sorted({campaign_of(fact) for fact in facts if fact[0] != "link"}):
            if not self._is_kept(account_id, campaign_id, field):
                raise Invalid(f"There is no campaign {campaign_id}.", code="campaign_not_found", field=field)
        for _, link_id in sorted(fact for fact in facts if fact[0] == "link"):
            campaign_id, number = divmod(link_id, LINKS_PER_SOURCE)
            is_known = self._links.target(account_id, MailSource.campaign(campaign_id), number) is not None
            if not is_known or not self._is_kept(account_id, campaign_id, field):
                raise Invalid(
                    f"There is no link {link_id} in a campaign that was sent; the report of the campaign has the ids.",
                    code="link_not_found",
                    field=field,
                )

    def check_kept(self, account_id: str, facts: Collection[Fact]) -> None:
        """Check that the rows of recipients have not expired. Raises Invalid; an unknown campaign has no rows."""
        for campaign_id in {campaign_of(fact) for fact in facts}:
            self._is_kept(account_id, campaign_id)

    def _is_kept(self, account_id: str, campaign_id: int, field: FieldPath = ()) -> bool:
        """Return False for an unknown campaign. Raises Invalid for a campaign whose rows have expired."""
        from postrider.delivery.rules import ROWS_KEPT

        try:
            ended_at = self._campaigns.get(account_id, campaign_id).delivery_finished_at
        except NotFound:
            return False
        if ended_at is not None and self._now() > ended_at + ROWS_KEPT:
            raise Invalid(
                f"Campaign {campaign_id} ended more than {ROWS_KEPT.days} days ago, and what its recipients did is not kept "
                "for longer. Remove the condition.",
                code="campaign_too_old",
                field=field,
            )
        return True

    def block_rows(self, account_id: str, campaign_id: int, block: int) -> Sequence[Mapping[str, Any]]:
        """Return the rows of the recipients of a campaign in a block."""
        return rows_of_block(account_id, MailSource.campaign(campaign_id), block)


def campaign_of(fact: Fact) -> int:
    """Return the id of the campaign of the fact."""
    kind, id_ = fact
    return id_ // LINKS_PER_SOURCE if kind == "link" else id_
