"""Each minute: campaigns whose start, resumption or end nobody else brought about."""

from postrider import bootstrap
from postrider.worker import schedule_worker

lambda_handler = schedule_worker("sweep_campaigns", lambda: bootstrap.sending().sweep())
