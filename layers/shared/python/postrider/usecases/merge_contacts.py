"""Merge two contacts: first their consents, events, devices and relations, then the contacts themselves.

After a crash in between, both contacts still exist, and repeating the call completes the merge.
"""

from postrider.contacts.identifiers import Identifier
from postrider.contacts.merging import ContactMerging, merged
from postrider.contacts.model import Contact
from postrider.contacts.service import ContactService
from postrider.contacts.writer import TRIES, too_busy
from postrider.usecases.contact_records import ContactRecording


class ContactMerge:
    def __init__(self, contacts: ContactService, merging: ContactMerging, recording: ContactRecording) -> None:
        self._contacts, self._merging, self._recording = contacts, merging, recording

    def merge(self, account_id: str, list_id: int, *, keep: Identifier, drop: Identifier) -> Contact | None:
        """Merge the second contact into the first; return None if one is unknown (as after a merge), or both are the same.

        The stricter consent wins (see `contacts.merging`). Raises Invalid if the contact would exceed limits.
        """
        for _ in range(TRIES):
            kept, dropped = self._contacts.by_identifiers(account_id, list_id, [keep, drop])
            if kept is None or dropped is None or kept.id == dropped.id:
                return None
            merged(kept, dropped)  # raises before anything is moved
            self._move_records(kept, dropped, is_merged=False)
            stored = self._merging.merge(kept, dropped)
            if stored is not None:
                # Concurrent calls may have added records to the dropped contact.
                self._move_records(stored, dropped, is_merged=True)
                return stored
        raise too_busy()

    def _move_records(self, kept: Contact, dropped: Contact, *, is_merged: bool) -> None:
        self._contacts.consents.move(kept=kept, dropped=dropped)
        self._recording.move(kept.account_id, kept=kept, dropped=dropped, is_merged=is_merged)
