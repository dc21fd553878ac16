"""Name addresses by keyed hashes, so that the log can be read by address without storing addresses."""

from postrider.kit.signing import Secret, keyed_hash


class Mailboxes:
    def __init__(self, root: Secret) -> None:
        self._root = root

    def key_of(self, account_id: str, address: str) -> str:
        """Return the name of a canonical address in the log of the account."""
        return keyed_hash(self._root(), "mailbox", f"{account_id}\n{address}")
