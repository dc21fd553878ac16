"""Build the services of journeys that delivery needs."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from postrider.bootstrap.audience import contacts, suppressions, workflows
from postrider.bootstrap.deployment import clock, epochs, queue, workflow_runner

if TYPE_CHECKING:
    from postrider.delivery.model import Run
    from postrider.journeys.audience import JourneyAudience
    from postrider.journeys.clock import ActionClocks
    from postrider.journeys.sending import ActionMailSources


@cache
def action_clocks() -> ActionClocks:
    from postrider.journeys.clock import ActionClocks
    from postrider.journeys.repository import JourneyRepository

    return ActionClocks(JourneyRepository(), workflow_runner(), queue(), clock())


@cache
def action_mail_sources() -> ActionMailSources:
    from postrider.delivery.repository import DynamoLedger
    from postrider.journeys.followers import NextActionGroups
    from postrider.journeys.repository import JourneyRepository
    from postrider.journeys.sending import ActionMailSources

    followers = NextActionGroups(JourneyRepository(), action_clocks(), workflows(), journey_audience())
    return ActionMailSources(workflows(), followers, DynamoLedger(), is_unknown)


def is_unknown(run: Run) -> bool:
    """Return whether the original of restored tables may have sent the mails of a run."""
    from postrider.journeys import rules

    return rules.is_unknown(run.audience, epochs().unknown_until())


@cache
def journey_audience() -> JourneyAudience:
    from postrider.journeys.audience import JourneyAudience
    from postrider.journeys.repository import JourneyRepository
    from postrider.mail_events.recipients import Engagements

    return JourneyAudience(JourneyRepository(), contacts(), suppressions(), Engagements())
