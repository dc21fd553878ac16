"""Store transactional mails: contents as objects that expire, copies as rows of the ledger."""

import base64
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from typing import Any

import orjson
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from postrider.content.attachments import Attachment
from postrider.delivery.model import Outcome
from postrider.mail_events.recipients import partition_of
from postrider.mail_events.rules import BLOCK_SIZE
from postrider.mail_events.source import MailSource, SourceKind
from postrider.ports.object_store import ObjectMissing, ObjectStore
from postrider.storage.accounts_table import padded
from postrider.storage.dynamo import batch_get, condition_failed, was_made
from postrider.transactional.model import Addressee, Mail, MailCopy, Role
from postrider.transactional.rules import COPIES_KEPT, MAX_ADDRESSES, MAX_ATTEMPTS
from postrider.transactional.table import MailCopyItem

MAX_SUBJECT_KEPT = 120
"""Maximum length of the subject that a copy keeps after its content has expired."""


class MailStore:
    """A store of mails with their contents. The bucket encrypts the objects, and its rules delete them."""

    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects

    def save(self, mail: Mail) -> None:
        self._objects.put(_object_key(mail.account_id, mail.id), _to_json(mail), content_type="application/json")

    def get(self, account_id: str, mail_id: int) -> Mail | None:
        """Return the mail; None if its content has expired or was deleted."""
        try:
            return _from_json(self._objects.get(_object_key(account_id, mail_id)))
        except ObjectMissing:
            return None

    def delete(self, account_id: str, mail_id: int) -> None:
        self._objects.delete(_object_key(account_id, mail_id))


def _object_key(account_id: str, mail_id: int) -> str:
    return f"emails/{account_id}/{mail_id}.json"


def _to_json(mail: Mail) -> bytes:
    files = [{**vars(file), "data": base64.b64encode(file.data).decode()} for file in mail.attachments]
    return orjson.dumps({**vars(mail), "attachments": files})


def _from_json(raw: bytes) -> Mail:
    values = orjson.loads(raw)
    files = (Attachment(**{**file, "data": base64.b64decode(file["data"])}) for file in values["attachments"])
    people = (Addressee(**{**person, "role": Role(person["role"])}) for person in values["addressees"])
    moments = {name: datetime.fromisoformat(values[name]) for name in ("created_at", "due_at")}
    headers = tuple((name, value) for name, value in values["headers"])
    return Mail(**{**values, **moments, "attachments": tuple(files), "addressees": tuple(people), "headers": headers})


class MailLedger:
    """The outcomes of copies. Each change is one conditional write."""

    def get(self, account_id: str, mail_id: int, copy_id: int) -> MailCopy | None:
        return next(iter(self.many(account_id, [(mail_id, copy_id)])), None)

    def many(self, account_id: str, ids: Collection[tuple[int, int]]) -> Iterator[MailCopy]:
        """Yield the existing copies of these (mail id, copy id), with one call for 100."""
        keys = [_key(account_id, mail_id, copy_id) for mail_id, copy_id in ids]
        return (_copy(item) for item in batch_get(MailCopyItem, keys) if isinstance(item, MailCopyItem))

    def of_mail(self, account_id: str, mail_id: int) -> list[MailCopy]:
        """Return the copies of a mail in request."""
        ids = [(mail_id, mail_id + place) for place in range(MAX_ADDRESSES)]
        return sorted(self.many(account_id, ids), key=lambda copy: copy.id)

    def claim(
        self, mail: Mail, addressee: Addressee, *, subject: str, claim: str, now: datetime, until: datetime
    ) -> MailCopy | None:
        """Claim the copy with this subject for an attempt; return it.

        Return None if it is decided or claimed, or was attempted too often.
        """
        item = _item_of(mail, addressee)
        attempts = MailCopyItem.attempts
        actions = [
            *_static(mail, addressee, subject),
            MailCopyItem.outcome.set(Outcome.CLAIMED.value),
            MailCopyItem.claim.set(claim),
            MailCopyItem.claim_until.set(until),
            attempts.set((attempts | 0) + 1),
        ]
        is_free = MailCopyItem.pk.does_not_exist() | (
            (MailCopyItem.outcome == Outcome.CLAIMED.value)
            & (MailCopyItem.claim_until <= now)
            & (attempts < MAX_ATTEMPTS)
        )
        return _changed(item, actions, is_free)

    def release(self, copy: MailCopy, now: datetime) -> None:
        """Release a claim whose attempt certainly sent nothing; the attempt is not counted."""
        actions: list[Action] = [
            MailCopyItem.attempts.set(MailCopyItem.attempts - 1),
            MailCopyItem.claim_until.set(now),
        ]
        _changed(_item(copy), actions, MailCopyItem.claim == copy.claim)

    def decide(
        self, copy: MailCopy, outcome: Outcome, *, reason: str, now: datetime, failure: str | None = None
    ) -> MailCopy | None:
        """Set the final outcome of a claimed copy; return it, or None if another claim has replaced this one."""
        actions: list[Action] = [
            *([] if failure is None else [MailCopyItem.failure.set(failure)]),
            MailCopyItem.outcome.set(outcome.value),
            MailCopyItem.reason.set(reason),
            MailCopyItem.decided_at.set(now),
            MailCopyItem.claim_until.remove(),
        ]
        is_ours = (MailCopyItem.claim == copy.claim) & (MailCopyItem.outcome == Outcome.CLAIMED.value)
        return _changed(_item(copy), actions, is_ours)

    def mark_sent(self, copy: MailCopy, *, message_id: str, now: datetime) -> MailCopy | None:
        """Mark a copy that the mailer accepted as sent, regardless of claims; return None if it was marked before."""
        actions: list[Action] = [
            MailCopyItem.outcome.set(Outcome.SENT.value),
            MailCopyItem.message_id.set(message_id),
            MailCopyItem.sent_at.set(now),
            MailCopyItem.decided_at.set(now),
            MailCopyItem.claim_until.remove(),
            MailCopyItem.reason.remove(),
        ]
        is_open = MailCopyItem.outcome.is_in(Outcome.CLAIMED.value, Outcome.UNKNOWN.value)
        return _changed(_item(copy), actions, is_open)

    def skip(self, mail: Mail, addressee: Addressee, *, reason: str, now: datetime) -> MailCopy | None:
        """Store the copy as skipped; return it.

        Return None if it is decided or claimed, or if the answer of an earlier attempt may have been lost.
        """
        item = _item_of(mail, addressee)
        actions = [
            *_static(mail, addressee, mail.subject),
            MailCopyItem.outcome.set(Outcome.SKIPPED.value),
            MailCopyItem.claim.set(""),
            MailCopyItem.claim_until.remove(),
            MailCopyItem.attempts.set(0),
            MailCopyItem.reason.set(reason),
            MailCopyItem.decided_at.set(now),
        ]
        is_released = (
            (MailCopyItem.outcome == Outcome.CLAIMED.value)
            & (MailCopyItem.claim_until <= now)
            & (MailCopyItem.attempts == 0)
        )
        return _changed(item, actions, MailCopyItem.pk.does_not_exist() | is_released)

    def forget(self, copies: Iterable[MailCopy]) -> int:
        """Remove personal data from these copies; return the number of copies that had any."""
        return sum(was_made(lambda copy=copy: _anonymize(copy)) for copy in copies)  # type: ignore[misc]


def _anonymize(copy: MailCopy) -> None:
    actions: list[Action] = [MailCopyItem.email.remove(), MailCopyItem.headers.remove(), MailCopyItem.subject.set("")]
    _item(copy).update(actions, condition=MailCopyItem.email.exists())


def _key(account_id: str, mail_id: int, copy_id: int) -> tuple[str, str]:
    source = MailSource(SourceKind.TRANSACTIONAL, mail_id)
    return partition_of(account_id, source, copy_id // BLOCK_SIZE), padded(copy_id)


def _item(copy: MailCopy) -> MailCopyItem:
    return MailCopyItem(*_key(copy.account_id, copy.mail_id, copy.id))


def _item_of(mail: Mail, addressee: Addressee) -> MailCopyItem:
    return MailCopyItem(*_key(mail.account_id, mail.id, addressee.id))


def _static(mail: Mail, addressee: Addressee, subject: str) -> list[Action]:
    """Return the writes of the fields that a copy takes from its mail."""
    values: dict[str, Any] = {
        "kind": MailCopyItem,
        "expires_at": mail.due_at + COPIES_KEPT,
        "created_at": mail.created_at,
        "email": addressee.email,
        "mailbox": addressee.mailbox,
        "group_id": mail.group_id,
        "subject": subject[:MAX_SUBJECT_KEPT],
        "sender_name": mail.sender_name,
        "sender_email": mail.sender_email,
        "headers": [list(header) for header in mail.headers] or None,
        "template_id": mail.template_id,
        "list_id": mail.list_id or None,
        "contact_id": mail.contact_id or None,
    }
    return [getattr(MailCopyItem, name).set(value) for name, value in values.items() if value is not None]


def _changed(item: MailCopyItem, actions: list[Action], condition: Condition) -> MailCopy | None:
    """Update the item; return the copy, or None if the condition is false."""
    try:
        item.update(actions, condition=condition)
    except UpdateError as exc:
        if condition_failed(exc):
            return None
        raise
    return _copy(item)


def _copy(item: MailCopyItem) -> MailCopy:
    account_id, _, mail_id, _ = item.pk.split("#")
    return MailCopy(
        account_id=account_id,
        mail_id=int(mail_id),
        id=int(item.sk),
        created_at=item.created_at,
        outcome=Outcome(item.outcome),
        claim=item.claim,
        attempts=int(item.attempts),
        claim_until=item.claim_until,
        reason=item.reason,
        message_id=item.message_id,
        sent_at=item.sent_at,
        decided_at=item.decided_at,
        email=item.email,
        mailbox=item.mailbox,
        group_id=None if item.group_id is None else int(item.group_id),
        subject=item.subject,
        sender_name=item.sender_name,
        sender_email=item.sender_email,
        headers=tuple((name, value) for name, value in item.headers or ()),
        failure=item.failure,
        template_id=None if item.template_id is None else int(item.template_id),
        list_id=int(item.list_id or 0),
        contact_id=int(item.contact_id or 0),
    )
