"""Log and emit metrics. Logs contain ids, but neither addresses nor content."""

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
"""A pattern of addresses and tokens, which the message of an exception may contain. Other log entries have none.

The pattern reads each word once, so that its time is linear in the length of the text.
"""


class _Formatter(LambdaPowertoolsFormatter):
    def formatException(self, ei: Any) -> str:  # noqa: N802  # logging's name
        return _PRIVATE.sub("<...>", super().formatException(ei))


logger = Logger(service=_SERVICE, logger_formatter=_Formatter(service=_SERVICE))
_metrics = Metrics(namespace=NAMESPACE, service=setting("STAGE", "local"))
"""The metrics. Their dimension is the stage and not the function, because each alarm has a monthly price."""


class AlarmMetric(StrEnum):
    """The conditions that an operator has to check. The deployment has an alarm for each of them."""

    DAILY_QUOTA_REACHED = "DailyQuotaReached"
    """The daily quota of SES is used up; campaigns wait."""
    TRACKING_EVENTS_LOST = "HitsLost"
    """Opens or clicks could not be enqueued."""
    EMAILS_UNKNOWN = "EmailsUnknown"
    """A transactional mail may not have been sent: the answer of SES was lost twice."""
    SENDING_PAUSED = "SendingPaused"
    """SES refuses all mail until the account or an identity is repaired; campaigns are paused."""
    SENDS_RECOUNTED = "SendsRecounted"
    """The counters of a campaign differed from its ledger and were corrected."""
    SENDS_UNBALANCED = "SendsUnbalanced"
    """The outcomes of a campaign do not add up to its recipients."""
    SWEEP_FAILED = "SweepFailed"
    """A campaign could not be checked, or does not balance."""


def emit_alarm(metric: AlarmMetric) -> None:
    """Count an alarm metric. It is published when the handler ends."""
    _metrics.add_metric(name=metric, unit="Count", value=1)


def publish() -> None:
    """Publish the metrics of this call. Every handler calls it at its end."""
    if _metrics.metric_set:
        _metrics.flush_metrics()
