"""Hand events to SNS in batches from a thread of its own, so that sending never waits for it."""

import json
import logging
import queue
import threading
from collections.abc import Callable

MAX_BATCH = 10  # https://docs.aws.amazon.com/sns/latest/api/API_PublishBatch.html
MAX_BATCH_BYTES = 240_000
LINGER_S = 0.02  # how long an incomplete batch waits for company
ATTEMPTS = 3

log = logging.getLogger(__name__)

Publish = Callable[[str, list[str]], None]  # topic ARN and at most MAX_BATCH messages


class EventPublisher:
    """Events of one topic keep their order. Raises nothing: what cannot be published is logged and lost."""

    def __init__(self, publish: Publish) -> None:
        self._publish = publish
        self._waiting: queue.Queue[tuple[str, str] | None] = queue.Queue()
        self._thread = threading.Thread(target=self._run, name="ses-events", daemon=True)
        self._thread.start()

    def put(self, topic_arn: str, event: dict[str, object]) -> None:
        self._waiting.put((topic_arn, json.dumps(event)))

    def flush(self) -> None:
        """Wait until every event of the queue is published."""
        self._waiting.join()

    def close(self) -> None:
        self._waiting.put(None)
        self._thread.join(timeout=10)

    def _run(self) -> None:
        ended = False
        while not ended:
            taken = [self._waiting.get()]
            try:
                while len(taken) < MAX_BATCH * 10 and taken[-1] is not None:
                    taken.append(self._waiting.get(timeout=LINGER_S))
            except queue.Empty:
                pass
            by_topic: dict[str, list[str]] = {}
            for entry in taken:
                if entry is None:
                    ended = True
                else:
                    by_topic.setdefault(entry[0], []).append(entry[1])
            for topic_arn, messages in by_topic.items():
                for batch in _batches(messages):
                    self._send(topic_arn, batch)
            for _ in taken:
                self._waiting.task_done()

    def _send(self, topic_arn: str, batch: list[str]) -> None:
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._publish(topic_arn, batch)
            except Exception:
                if attempt == ATTEMPTS:
                    log.exception("%d SES events could not be published to %s", len(batch), topic_arn)
            else:
                return


def _batches(messages: list[str]) -> list[list[str]]:
    batches: list[list[str]] = []
    size = 0
    for message in messages:
        if not batches or len(batches[-1]) == MAX_BATCH or size + len(message) > MAX_BATCH_BYTES:
            batches.append([])
            size = 0
        batches[-1].append(message)
        size += len(message)
    return batches
