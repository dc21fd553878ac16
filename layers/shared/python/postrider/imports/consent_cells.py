"""Read the cells of a row that prove a consent: when the person opted in, to which text, where and from where; pure."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from postrider.attributes import rules
from postrider.attributes.model import AttributeType
from postrider.contacts.consents import check_texts
from postrider.contacts.model import ConsentRecord
from postrider.imports.columns import (
    CONSENT_IP,
    CONSENT_TEXT,
    CONSENT_TIME,
    CONSENT_URL,
    CONSENT_USER_AGENT,
    CONSENTS,
    OPTED_IN_ON,
    SUBSCRIBED_ON,
)
from postrider.kit.errors import Invalid

AHEAD = timedelta(days=1)
"""Maximum time by which a moment may be in the future, since local times without an offset are read as UTC."""
_FIELDS = {"text": CONSENT_TEXT, "url": CONSENT_URL, "ip": CONSENT_IP, "user_agent": CONSENT_USER_AGENT}


def opted_in_at(texts: Mapping[str, str], now: datetime) -> datetime | None:
    """Return the moment of the opt-in: `opted_in_on`, else `subscribed_on`, which another tool or list had. Raises Invalid."""
    moments = [_moment(target, texts[target], now) for target in (OPTED_IN_ON, SUBSCRIBED_ON) if target in texts]
    return next(iter(moments), None)


def consents(texts: Mapping[str, str], now: datetime) -> frozenset[ConsentRecord]:
    """Return the consent record of a row, if it has one of its cells. Raises Invalid for a cell that proves nothing.

    Without `consent_time`, the moment is that of the opt-in. `now` is when the import was started.
    """
    if not texts.keys() & set(CONSENTS):
        return frozenset()
    moment = _moment(CONSENT_TIME, texts[CONSENT_TIME], now) if CONSENT_TIME in texts else opted_in_at(texts, now)
    values = {name: texts.get(target, "").strip() for name, target in _FIELDS.items()}
    try:
        check_texts(values)
    except Invalid as exc:
        column = _FIELDS[str(exc.field[0])].removeprefix("@")
        raise Invalid(f"{exc.message} (column {column!r})", code=exc.code, field=column) from exc
    return frozenset({ConsentRecord(created_at=now, consented_at=moment, **values)})


def _moment(target: str, text: str, now: datetime) -> datetime:
    column = target.removeprefix("@")
    try:
        moment = datetime.fromisoformat(str(rules.value_of(AttributeType.DATETIME, text))).replace(tzinfo=UTC)
    except ValueError as exc:
        raise _invalid(f"Invalid {column} {text[:40]!r}: it {exc}; correct it or leave it out.", column) from exc
    if moment > now + AHEAD or moment.timestamp() <= 0:
        when = "in the future" if moment > now else "before 1970"
        reason = f"Invalid {column} {text[:40]!r}: it is {when}; correct it or leave it out."
        raise _invalid(reason, column)
    return moment


def _invalid(reason: str, column: str) -> Invalid:
    return Invalid(reason, code="consent_time_invalid", field=column)
