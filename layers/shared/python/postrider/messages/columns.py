"""Name the metrics of messages in exports."""

from collections.abc import Mapping

from postrider.messages.model import Metric

METRIC_COLUMNS: Mapping[Metric, str] = {
    Metric.DRAFTED: "drafted",
    Metric.ATTEMPTED: "attempted",
    Metric.SENT: "sent",
    Metric.DELIVERED: "delivered",
    Metric.OPENED: "opened",
    Metric.CLICKED: "clicked",
    Metric.CONVERTED: "converted",
    Metric.BOUNCED: "bounced",
    Metric.SKIPPED: "dropped",
    Metric.DELAYED: "deferred",
    Metric.FAILED: "failed",
    Metric.COMPLAINED: "spammed",
    Metric.UNSUBSCRIBED: "unsubscribed",
    Metric.SUPPRESSED: "undeliverable",
}
"""The metrics of an exported message, without its creation, in the order of the columns."""
