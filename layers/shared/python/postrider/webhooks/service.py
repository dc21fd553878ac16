"""Rules of webhooks (main-api.md, section 16): settings, tests, replays, and secrets."""

from collections.abc import Collection, Sequence
from typing import Any
from urllib.parse import urlsplit

from postrider.kit.clock import Clock
from postrider.kit.errors import Invalid, NotFound, named_at
from postrider.kit.ids import random_id
from postrider.kit.moments import check_period
from postrider.kit.paging import Cursors
from postrider.kit.quotas import add_within_quota
from postrider.lists.service import ListService
from postrider.outbox.model import DomainEvent, DomainEventType
from postrider.ports.caller import WebCaller
from postrider.storage import sequences
from postrider.webhooks import rules
from postrider.webhooks.callbacks import CallbackRepository
from postrider.webhooks.formats import FORMATS, LIST, MAIN, REPORTING, lists
from postrider.webhooks.intake import WebhookIntake
from postrider.webhooks.model import Delivery, DeliveryStatus, Webhook, WebhookStatus
from postrider.webhooks.repository import WebhookRepository, unknown
from postrider.webhooks.signing import secrets_of

MAX_WEBHOOKS = 100
"""Maximum number of webhooks of an account, including archived ones: a listing reads all of them."""
MAX_RATE = 1000
"""Maximum number of calls in a period."""
MAX_REPLAYED = 1000
"""Maximum number of deliveries that one call replays."""


def list_webhook_id(list_id: int) -> str:
    """Return the id of the webhook of a list."""
    return f"list-{list_id}"


class WebhookService:
    def __init__(
        self,
        webhooks: WebhookRepository,
        callbacks: CallbackRepository,
        intake: WebhookIntake,
        lists: ListService,
        caller: WebCaller,
        cursors: Cursors,
        root: bytes,
        now: Clock,
    ) -> None:
        self._webhooks, self._callbacks, self._intake, self._cursors = webhooks, callbacks, intake, cursors
        self._lists, self._caller, self._root, self._now = lists, caller, root, now

    def all(self, account_id: str, *, with_archived: bool = False, format: str | None = None) -> list[Webhook]:
        """Return the webhooks of an account, the oldest first; `format` limits them to one format."""
        return [
            webhook
            for webhook in self._webhooks.all(account_id)
            if (with_archived or webhook.status == WebhookStatus.ACTIVE) and format in (None, webhook.format)
        ]

    def get(self, account_id: str, webhook_id: str, *, format: str | None = None) -> Webhook:
        """Return a webhook; if `format` is given, it must have this format. Raises NotFound."""
        webhook = self._webhooks.get(account_id, webhook_id)
        if format not in (None, webhook.format):
            raise unknown()
        return webhook

    def secrets(self, webhook: Webhook) -> list[str]:
        """Return the secrets that sign callbacks, the current one first."""
        return secrets_of(self._root, webhook, self._now())

    def create(
        self,
        account_id: str,
        *,
        url: str,
        types: Collection[DomainEventType],
        format: str = MAIN,
        is_active: bool = True,
        **settings: Any,
    ) -> Webhook:
        """Create a webhook. Raises Invalid past MAX_WEBHOOKS, and for an invalid URL, list or format.

        The id of a webhook with the format REPORTING is a number.
        """
        if format not in FORMATS:
            raise Invalid(f"Unknown format; use one of {', '.join(sorted(FORMATS))}.", field="format")
        webhook = Webhook(
            id=str(sequences.allocate("webhook")) if format == REPORTING else random_id(),
            account_id=account_id,
            url=url,
            types=tuple(dict.fromkeys(types)),
            format=format,
            created_at=self._now(),
            status=WebhookStatus.ACTIVE if is_active else WebhookStatus.ARCHIVED,
            archived_at=None if is_active else self._now(),
            **settings,
        )
        self._check(webhook)
        add_within_quota(
            MAX_WEBHOOKS,
            add=lambda: self._webhooks.add(webhook),
            undo=lambda: self._webhooks.delete(webhook),
            count=lambda: sum(other.format != LIST for other in self._webhooks.all(account_id)),
            error=Invalid(f"An account has at most {MAX_WEBHOOKS} webhooks.", code="too_many_webhooks"),
        )
        return webhook

    def change(self, account_id: str, webhook_id: str, changes: dict[str, Any], *, format: str = MAIN) -> Webhook:
        """Set the given settings of a webhook with this format.

        Raises NotFound, Invalid as `create` does and for a webhook with another format, Conflict after a concurrent change.
        """
        before = self._webhooks.get(account_id, webhook_id)
        if before.format != format:
            reason = f"The webhook has the format {before.format}: change it through the API in which it was created."
            raise Invalid(reason, code="webhook_of_other_format", field="webhook_id")
        if not changes:
            return before
        if "types" in changes:
            changes = {**changes, "types": tuple(dict.fromkeys(changes["types"]))}
        self._check(Webhook(**{**vars(before), **changes}), changed=changes)
        return self._webhooks.replace(before, **changes)

    def delete(self, account_id: str, webhook_id: str, *, format: str) -> None:
        """Delete a webhook with this format; it takes no events, and waiting callbacks are not sent. Raises NotFound."""
        self._webhooks.delete(self.get(account_id, webhook_id, format=format))

    def archive(self, account_id: str, webhook_id: str) -> Webhook:
        """Archive the webhook; it takes no events, and waiting callbacks are not sent. Raises NotFound, Invalid if archived."""
        before = self._in_status(account_id, webhook_id, WebhookStatus.ACTIVE)
        return self._webhooks.replace(before, status=WebhookStatus.ARCHIVED, archived_at=self._now())

    def unarchive(self, account_id: str, webhook_id: str) -> Webhook:
        """Activate the webhook again, with its waiting callbacks. Raises NotFound, Invalid unless it is archived."""
        before = self._in_status(account_id, webhook_id, WebhookStatus.ARCHIVED)
        values = {"archived_at": None, "disabled_reason": None, "is_notice_due": False}
        after = self._webhooks.replace(before, status=WebhookStatus.ACTIVE, **values)
        self._intake.enqueue(account_id, webhook_id)
        return after

    def set_active(self, account_id: str, webhook_id: str, *, is_active: bool) -> Webhook:
        """Activate or archive the webhook, if this changes its status. Raises NotFound."""
        webhook = self._webhooks.get(account_id, webhook_id)
        if (webhook.status == WebhookStatus.ACTIVE) == is_active:
            return webhook
        return self.unarchive(account_id, webhook_id) if is_active else self.archive(account_id, webhook_id)

    def renew_secret(self, account_id: str, webhook_id: str) -> Webhook:
        """Replace the secret of the webhook; for a day, callbacks are signed with the former secret too. Raises NotFound."""
        before = self._webhooks.get(account_id, webhook_id)
        until = self._now() + rules.FORMER_SECRET_FOR
        return self._webhooks.replace(before, secret_number=before.secret_number + 1, former_secret_until=until)

    def send_test(self, account_id: str, webhook_id: str) -> str:
        """Enqueue a callback of the first type of the webhook without a subject; return its id in the log.

        Raises NotFound, Invalid for an archived webhook, and for a webhook whose events never occur.
        """
        webhook = self._in_status(account_id, webhook_id, WebhookStatus.ACTIVE)
        if not webhook.types:
            raise Invalid(
                "The webhook cannot be tested: it only has events that never occur. Add another event.",
                code="webhook_without_events",
                field="webhook_id",
            )
        now = self._now()
        event = DomainEvent(
            id=f"test-{random_id()}",
            type=webhook.types[0],
            account_id=account_id,
            at_ms=int(now.timestamp() * 1000),
            data={"test": True},
        )
        self._callbacks.put(account_id, webhook_id, [event], now)
        self._intake.enqueue(account_id, webhook_id)
        return f"{event.at_ms:015d}-{event.id}"

    # Webhooks of lists

    def check_url(self, account_id: str, url: str) -> None:
        """Raise Invalid for a URL that callbacks may not be sent to."""
        self._check(
            Webhook(id="", account_id=account_id, url=url, types=(), format=LIST, created_at=self._now()), {"url"}
        )

    def set_of_list(self, account_id: str, list_id: int, url: str | None, actions: Sequence[str]) -> None:
        """Set URL and actions of the webhook of a list; without a URL, delete the webhook. Raises Invalid.

        Setting the same values again changes nothing, except that it activates an archived webhook.
        """
        before = self._webhooks.find(account_id, list_webhook_id(list_id))
        if url is None:
            if before is not None:
                self._webhooks.delete(before)
            return
        self.check_url(account_id, url)
        settings: dict[str, Any] = {
            "url": url,
            "types": lists.types_of(actions),
            "log_types": lists.log_types_of(actions),
            "status": WebhookStatus.ACTIVE,
            "archived_at": None,
            "disabled_reason": None,
            "is_notice_due": False,
        }
        if before is None:
            webhook_id = list_webhook_id(list_id)
            webhook = Webhook(
                id=webhook_id, account_id=account_id, format=LIST, list_id=list_id, created_at=self._now(), **settings
            )
            self._webhooks.add(webhook)
        elif any(getattr(before, name) != value for name, value in settings.items()):
            self._webhooks.replace(before, **settings)
            self._intake.enqueue(account_id, before.id)

    # Deliveries

    def delivery_page(
        self,
        account_id: str,
        webhook_id: str,
        *,
        per_page: int,
        cursor: str | None = None,
        status: DeliveryStatus | None = None,
        start_time: int | None = None,
        end_time: int | None = None,
    ) -> tuple[list[Delivery], str | None]:
        """Return the last attempts of callbacks, the newest event first, and the cursor of the next page if there is one.

        Raises NotFound, and Invalid for a cursor of another listing.
        """
        check_period(start_time, end_time)
        self._webhooks.get(account_id, webhook_id)
        query = f"deliveries#{webhook_id}#{status}#{start_time}#{end_time}"
        after = None if cursor is None else str(self._cursors.read(account_id, query, cursor))
        deliveries = self._callbacks.deliveries(
            account_id,
            webhook_id,
            after=after,
            status=status,
            start_time=start_time,
            end_time=end_time,
            most=per_page + 1,
        )
        shown = deliveries[:per_page]
        has_more = len(deliveries) > per_page
        return shown, self._cursors.write(account_id, query, shown[-1].id) if has_more else None

    def replay(self, account_id: str, webhook_id: str, delivery_id: str) -> None:
        """Send a callback of the log again, with the same id. Raises NotFound, Invalid for an archived webhook."""
        self._in_status(account_id, webhook_id, WebhookStatus.ACTIVE)
        delivery = self._callbacks.delivery(account_id, webhook_id, delivery_id)
        if delivery is None:
            raise NotFound("Unknown delivery.", code="delivery_not_found", field="delivery_id")
        self._replay(account_id, webhook_id, [delivery])

    def replay_range(
        self,
        account_id: str,
        webhook_id: str,
        *,
        start_time: int,
        end_time: int,
        status: DeliveryStatus | None = None,
    ) -> int:
        """Send the callbacks of events between two moments (Unix seconds) again; return their number.

        Raises NotFound, and Invalid for an archived webhook and past MAX_REPLAYED; then nothing is sent.
        """
        check_period(start_time, end_time)
        self._in_status(account_id, webhook_id, WebhookStatus.ACTIVE)
        deliveries = self._callbacks.deliveries(
            account_id, webhook_id, start_time=start_time, end_time=end_time, status=status, most=MAX_REPLAYED + 1
        )
        if len(deliveries) > MAX_REPLAYED:
            reason = f"There are more than {MAX_REPLAYED} deliveries: choose a shorter time or a status."
            raise Invalid(reason, code="too_many_deliveries", field="end_time")
        self._replay(account_id, webhook_id, deliveries)
        return len(deliveries)

    def _replay(self, account_id: str, webhook_id: str, deliveries: Sequence[Delivery]) -> None:
        done = [delivery.event for delivery in reversed(deliveries) if delivery.status != DeliveryStatus.RETRYING]
        if done:
            self._callbacks.put(account_id, webhook_id, done, self._now())
            self._intake.enqueue(account_id, webhook_id)

    def _in_status(self, account_id: str, webhook_id: str, status: WebhookStatus) -> Webhook:
        webhook = self._webhooks.get(account_id, webhook_id)
        if webhook.status != status:
            raise Invalid(f"The webhook is not {status}.", code=f"webhook_not_{status}", field="webhook_id")
        return webhook

    def _check(self, webhook: Webhook, changed: Collection[str] = ("url", "list_id")) -> None:
        """Raise Invalid for a URL that callbacks may not be sent to, or an unknown list."""
        if "url" in changed:
            if urlsplit(webhook.url).username is not None:
                reason = "The URL has a user name: remove it, since callbacks are authenticated by their signature."
                raise Invalid(reason, code="url_refused", field="url")
            self._caller.check(webhook.url)
        if not 1 <= webhook.rate_limit <= MAX_RATE:
            raise Invalid(f"Invalid rate_limit: expected 1 to {MAX_RATE} calls.", field="rate_limit")
        if "list_id" in changed and webhook.list_id is not None:
            with named_at("list_id", as_=Invalid):
                self._lists.get(webhook.account_id, webhook.list_id)
