"""Queue record-events: what SES tells about mails, through SNS with raw delivery. There is no other way in."""

from postrider import bootstrap
from postrider.events.ses.model import SesEvent
from postrider.workers.batches import batch_worker

GREETING = "Successfully validated SNS topic for Amazon SES event publishing."
"""What SES sends once, when the destination of its events is made."""

lambda_handler = batch_worker(SesEvent, lambda events: bootstrap.ses_events().take_in(events), dropped={GREETING})
