"""Store the next free moment of the shared rate in DynamoDB: one item, and one conditional addition per lease."""

import json
from dataclasses import asdict
from decimal import Decimal
from typing import Any, Protocol

from botocore.exceptions import ClientError

from postrider.delivery.rate.table import TimelineItem
from postrider.ports.mailer import SendingLimits
from postrider.storage.dynamo import client, from_wire, to_wire

_KEY = {"pk": to_wire("ses"), "sk": to_wire("timeline")}
_TRIES = 20


class Timeline(Protocol):
    """The sequence of moments that senders reserve one after the other, in Unix microseconds."""

    def take(self, span: int, *, earliest: int, latest: int) -> int | None:
        """Reserve `span` free microseconds; return their start between `earliest` and `latest`, or None if it would be later."""
        ...

    def take_urgent(self, span: int, reserve_span: int, *, now: int, latest: int) -> int | None:
        """Reserve `reserve_span` of the reserve, and `span` of the moments of marketing mail.

        Return the start, or None if it would be after `latest`.
        """
        ...

    def urgent_at(self) -> int:
        """Return the first free moment of the reserve, from the latest answer of DynamoDB."""
        ...

    def hold_back(self, until: int) -> None:
        """Refuse moments before this moment."""
        ...

    def park(self, until: int) -> None:
        """Park all senders until this moment."""
        ...

    def state(self) -> tuple[int, int]:
        """Return the first free moment and the end of parking, from the latest answer of DynamoDB."""
        ...

    def limits(self) -> tuple[SendingLimits, int] | None:
        """Return the stored limits of the mailer, and the moment of the last request for them; None if they are unknown."""
        ...

    def reserve_limits_request(self, now: int, *, before: int) -> bool:
        """Store that this sender requests the limits now; return False if another sender has requested them since `before`."""
        ...

    def store_limits(self, limits: SendingLimits, now: int) -> None:
        """Store the limits of the mailer for all senders."""
        ...


class DynamoTimeline:
    def __init__(self) -> None:
        self._seen: dict[str, Any] = {}
        self._idle: bool | None = None
        """Whether no sender waited when the item was last read; None before the first lease."""

    def take(self, span: int, *, earliest: int, latest: int) -> int | None:
        if latest < earliest:  # DynamoDB refuses an empty range
            return None
        if self._idle is None:
            self._idle = self._seen.get("next_at", 0) < earliest
        for _ in range(_TRIES):
            # Try the likely update first: if senders wait, the timeline is ahead of the clock, otherwise it is behind.
            if not self._idle:
                if self._update("next_at = next_at + :span", "next_at BETWEEN :low AND :high", span, earliest, latest):
                    return int(self._seen["next_at"]) - span
                if self._seen.get("next_at", 0) > latest:
                    return None
            idle = "attribute_not_exists(next_at) OR next_at < :low"
            self._idle = self._seen.get("next_at", 0) < earliest
            if self._idle and self._update("next_at = :first", idle, span, earliest, latest):
                return earliest
            self._idle = False
        return None

    def take_urgent(self, span: int, reserve_span: int, *, now: int, latest: int) -> int | None:
        shared = "next_at = if_not_exists(next_at, :now) + :span, kind = :kind"
        values = {":now": now, ":span": span, ":kind": "timeline"}
        for _ in range(_TRIES):
            if self.urgent_at() > latest:  # `next_at` never decreases
                return None
            if self.urgent_at() > now:
                change, condition = "urgent_at = urgent_at + :reserve", "urgent_at BETWEEN :now AND :latest"
                used = {**values, ":reserve": reserve_span, ":latest": latest}
            else:
                change, condition = "urgent_at = :first", "attribute_not_exists(urgent_at) OR urgent_at <= :now"
                used = {**values, ":first": now + reserve_span}
            if self._write(f"SET {change}, {shared}", condition, used):
                return self.urgent_at() - reserve_span
        return None

    def urgent_at(self) -> int:
        return int(self._seen.get("urgent_at", 0))

    def hold_back(self, until: int) -> None:
        self._write(
            "SET next_at = :until, kind = :kind",
            "attribute_not_exists(next_at) OR next_at < :until",
            {":until": until, ":kind": "timeline"},
        )

    def park(self, until: int) -> None:
        self._write(
            "SET parked_until = :until, kind = :kind",
            "attribute_not_exists(parked_until) OR parked_until < :until",
            {":until": until, ":kind": "timeline"},
        )

    def state(self) -> tuple[int, int]:
        return self._seen.get("next_at", 0), self._seen.get("parked_until", 0)

    def limits(self) -> tuple[SendingLimits, int] | None:
        if "limits" not in self._seen:
            answer = client().get_item(TableName=TimelineItem.Meta.table_name, Key=_KEY, ConsistentRead=True)
            self._see(answer.get("Item") or {})
        stored = self._seen.get("limits")
        return None if stored is None else (SendingLimits(**json.loads(stored)), int(self._seen["limits_requested_at"]))

    def reserve_limits_request(self, now: int, *, before: int) -> bool:
        return self._write(
            "SET limits_requested_at = :now, kind = :kind",
            "attribute_not_exists(limits_requested_at) OR limits_requested_at <= :before",
            {":now": now, ":before": before, ":kind": "timeline"},
        )

    def store_limits(self, limits: SendingLimits, now: int) -> None:
        self._write(
            "SET limits = :limits, limits_requested_at = :now, kind = :kind",
            "attribute_not_exists(limits_requested_at) OR limits_requested_at <= :now",
            {":limits": json.dumps(asdict(limits)), ":now": now, ":kind": "timeline"},
        )

    def _update(self, change: str, condition: str, span: int, earliest: int, latest: int) -> bool:
        values = {":span": span, ":low": earliest, ":high": latest, ":first": earliest + span, ":kind": "timeline"}
        used = {name: value for name, value in values.items() if name in f"{change} {condition} :kind"}
        return self._write(f"SET {change}, kind = :kind", condition, used)

    def _write(self, change: str, condition: str, values: dict[str, Any]) -> bool:
        try:
            answer = client().update_item(
                TableName=TimelineItem.Meta.table_name,
                Key=_KEY,
                UpdateExpression=change,
                ConditionExpression=condition,
                ExpressionAttributeValues={name: to_wire(value) for name, value in values.items()},
                ReturnValues="ALL_NEW",
                ReturnValuesOnConditionCheckFailure="ALL_OLD",
            )
        except ClientError as exc:
            if exc.response["Error"]["Code"] != "ConditionalCheckFailedException":
                raise
            self._see(exc.response.get("Item") or {})
            return False
        self._see(answer["Attributes"])
        return True

    def _see(self, raw: dict[str, Any]) -> None:
        item = from_wire(raw)
        self._seen = {name: int(value) if isinstance(value, Decimal) else value for name, value in item.items()}
