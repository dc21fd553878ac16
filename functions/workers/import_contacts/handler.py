"""Writes the contacts of imports."""

from postrider import bootstrap
from postrider.imports.messages import ImportContacts
from postrider.workers.queues import queue_worker


def handle(message: ImportContacts) -> None:
    bootstrap.imports().run(message.account_id, message.list_id, message.import_id)


lambda_handler = queue_worker(ImportContacts, handle)
