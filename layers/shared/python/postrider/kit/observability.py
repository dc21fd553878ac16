"""The one logger and metrics object. Ids are log keys; addresses and content never are."""

import re
from enum import StrEnum
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

from postrider.kit.settings import setting

NAMESPACE = "Postrider"
_SERVICE = setting("POWERTOOLS_SERVICE_NAME", "postrider")

_PRIVATE = re.compile(
    r"(?<![^\s@<>\"'(),;:])[^\s@<>\"'(),;:]++@[^\s@<>\"'(),;:]{1,255}"
    r"|(?<![\w-])(?=[\w-]*?eyJ)[\w-]{13,}+\.[\w.-]+"
)
"""Addresses and tokens. What we log ourselves has none; the message of an exception may quote what it could not take.

Each word is looked at as a whole and once, so that a text without end takes no more than its length.
"""


class _Formatter(LambdaPowertoolsFormatter):
    def formatException(self, ei: Any) -> str:  # noqa: N802  # logging's name
        return _PRIVATE.sub("<...>", super().formatException(ei))


logger = Logger(service=_SERVICE, logger_formatter=_Formatter(service=_SERVICE))
_metrics = Metrics(namespace=NAMESPACE, service=setting("STAGE", "local"))
"""By stage and not by function: an alarm costs by the month, whatever it watches."""


class AlarmMetric(StrEnum):
    """What somebody has to look at; the deployment has an alarm for each."""

    DAILY_QUOTA_REACHED = "DailyQuotaReached"
    """Campaigns wait until SES takes mail again."""
    TRACKING_EVENTS_LOST = "HitsLost"
    """Opens or clicks could not be put on their queue."""
    SCHEDULE_FAILED = "ScheduleFailed"
    """A schedule failed as a whole."""
    SENDING_PAUSED = "SendingPaused"
    """SES takes no mail until the account or an identity is mended; campaigns are held."""
    SENDS_RECOUNTED = "SendsRecounted"
    """Counters of a campaign differed from its ledger, and were mended."""
    SENDS_UNBALANCED = "SendsUnbalanced"
    """The recipients of a campaign are not all accounted for."""
    SWEEP_FAILED = "SweepFailed"
    """One campaign could not be looked after, or does not balance."""


def emit_alarm(trouble: AlarmMetric) -> None:
    """Count it; it goes out when the handler ends."""
    _metrics.add_metric(name=trouble, unit="Count", value=1)


def publish() -> None:
    """Every handler ends with it: what was counted in this call goes out with its log."""
    if _metrics.metric_set:
        _metrics.flush_metrics()
