"""Find the sources whose figures a report adds: for a triggered campaign, its children."""

from collections.abc import Sequence
from itertools import islice

from postrider.campaigns.model import Campaign
from postrider.campaigns.service import CampaignService
from postrider.delivery.sources import MailSources, SourceState
from postrider.kit.errors import Invalid
from postrider.mail_events.source import MailSource

MAX_ADDED_UP = 500
"""Maximum number of children in a report, with two queries for each."""


class ReportedSources:
    def __init__(self, sources: MailSources, campaigns: CampaignService) -> None:
        self._sources, self._campaigns = sources, campaigns

    def of(self, account_id: str, source: MailSource) -> Sequence[SourceState]:
        """Return the source, or the children of a triggered campaign, the latest first.

        Raises NotFound, or Invalid for more than the maximum number of children.
        """
        state = self._sources.get(account_id, source)
        if not _is_triggered(state):
            return [state]
        children = list(islice(self._campaigns.children(account_id, source.campaign_id), MAX_ADDED_UP + 1))
        if len(children) > MAX_ADDED_UP:
            raise Invalid(
                f"The campaign was sent more than {MAX_ADDED_UP} times, and a report adds up that many sends at most. Ask for "
                "the reports of its sends.",
                code="too_many_sends",
                field="campaign_id",
            )
        return children

    def single(self, account_id: str, source: MailSource) -> SourceState:
        """Return the source. Raises NotFound, or Invalid for a triggered campaign, which has no start."""
        state = self._sources.get(account_id, source)
        if _is_triggered(state):
            reason = "A triggered campaign has no series: request the series of its sends."
            raise Invalid(reason, code="campaign_triggered", field="campaign_id")
        return state


def _is_triggered(state: SourceState) -> bool:
    return isinstance(state, Campaign) and state.triggered
