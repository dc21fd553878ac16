"""Enqueue each minute events whose message was lost, and due webhooks. A restored copy does nothing until it is taken up."""

from postrider import bootstrap
from postrider.workers.queues import schedule_worker


def sweep() -> dict[str, int]:
    if not bootstrap.epochs().can_send():
        return {"held": 1}
    return {**bootstrap.event_relay().sweep(), **bootstrap.webhook_intake().sweep()}


lambda_handler = schedule_worker("sweep_outbox", sweep)
