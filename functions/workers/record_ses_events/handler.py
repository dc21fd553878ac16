"""Handle the queue record-ses-events: process events of SES, which SNS delivers raw."""

from postrider import bootstrap
from postrider.mail_events.ses.model import SesEvent
from postrider.workers.batches import batch_worker

GREETING = "Successfully validated SNS topic for Amazon SES event publishing."
"""The message that SES publishes once, when its event destination is created."""

lambda_handler = batch_worker(SesEvent, lambda events: bootstrap.ses_events().process(events), dropped={GREETING})
