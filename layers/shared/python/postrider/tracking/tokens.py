"""Create and read signed tokens for the links of a mail: short, bound to one purpose, and without addresses."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from postrider.kit.clock import unix
from postrider.kit.errors import NotFound
from postrider.kit.signing import MAC_BYTES, derive_key
from postrider.mail_events.source import MailSource, SourceKind

MAX_TOKEN_CHARS: Final = 4096
MAX_TARGET_BYTES: Final = 2048
"""Maximum length of a tracked target: mail clients and proxies may cut a longer URL."""
LINK_EXPIRED: Final = "link_expired"
"""Code of the error for an expired link."""
FORMAT: Final = 2
"""Version of the format of tokens; part of their keys, so that tokens of another version are invalid."""
_KINDS: Final = {
    0: None,
    1: SourceKind.CAMPAIGN,
    2: SourceKind.WORKFLOW_ACTION,
    3: SourceKind.TRANSACTIONAL,
    5: SourceKind.PUSH,
}
_KIND_NUMBERS: Final = {kind: number for number, kind in _KINDS.items()}
_CAMPAIGN_VARIANT: Final = 4
"""The kind number of a campaign in tokens with a variant of its content."""
_WITH_ADDRESS: Final = 8
"""Added to the kind number in tokens with the number of the contact's address."""
_WITH_ENTRY: Final = frozenset({SourceKind.WORKFLOW_ACTION})
"""Kinds of sources whose tokens have an entry number."""
_BLOCK_BYTES: Final = 64
"""The block size of SHA-256, to which HMAC pads its key (RFC 2104)."""


class TokenPurpose(StrEnum):
    """The request that a token allows; it is invalid for any other."""

    OPEN = "open"
    CLICK = "click"
    UNSUBSCRIBE = "unsubscribe"
    GLOBAL_UNSUBSCRIBE = "global_unsubscribe"
    SUBSCRIBE = "subscribe"
    FORWARD = "forward"
    VIEW = "view"
    PREFERENCES = "preferences"
    CONFIRM_SENDER = "confirm_sender"
    CONFIRM_SUBSCRIPTION = "confirm_subscription"
    MESSAGE = "message"
    """Identifies the mail in APIs; it is not in links."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MailToken:
    """The recipient and the mail of a link; an id of 0 means that it is missing. `target` is set if it differs by recipient.

    `variant` is the id of the variant of the campaign's content. `address_number` names the address of the contact to which
    the mail was sent (see Contact), 0 for its first one.
    """

    account_id: str
    source: MailSource | None = None
    list_id: int = 0
    contact_id: int = 0
    link_id: int = 0
    target: str = ""
    variant: int = 0
    address_number: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ConfirmationToken:
    """A confirmation by a mailed link, valid until `expires_at`.

    `consent_number` is the consent number of the contact at the request of the link; `reference` is the sign-up, or empty.
    """

    account_id: str
    expires_at: datetime
    list_id: int = 0
    contact_id: int = 0
    consent_number: int = 0
    reference: str = ""


class Tokens:
    """A codec of tokens; each purpose has its own key, derived from `root`."""

    def __init__(self, root: bytes) -> None:
        self._macs = {purpose: _Mac(derive_key(root, f"mail-token-{FORMAT}:{purpose}")) for purpose in TokenPurpose}

    def make(self, purpose: TokenPurpose, token: MailToken) -> str:
        """Return the signed text of a token."""
        recipient = self.recipient(
            token.account_id,
            token.source,
            list_id=token.list_id,
            contact_id=token.contact_id,
            variant=token.variant,
            address_number=token.address_number,
        )
        return recipient.make(purpose, link_id=token.link_id, target=token.target)

    def recipient(
        self,
        account_id: str,
        source: MailSource | None,
        *,
        list_id: int,
        contact_id: int,
        variant: int = 0,
        address_number: int = 0,
    ) -> "RecipientTokens":
        """Return a codec for the many tokens of one mail."""
        kind, source_id = (None, 0) if source is None else (source.kind, source.id)
        number = _KIND_NUMBERS[kind]
        part: tuple[int, ...] = ()
        if source is not None and kind in _WITH_ENTRY:
            part = (source.entry,)
        elif variant and kind == SourceKind.CAMPAIGN:
            number, part = _CAMPAIGN_VARIANT, (variant,)
        if address_number:
            number, part = number | _WITH_ADDRESS, (address_number, *part)
        return RecipientTokens(self, _varints(int(account_id), number, *part, source_id, list_id, contact_id))

    def read(self, purpose: TokenPurpose, text: str) -> MailToken:
        """Read a token. Raises NotFound for a text with an invalid signature, or of another purpose."""
        (account, kind_number), rest = _split(self._open(purpose, text), count=2)
        (address_number,), rest = _split(rest, count=1) if kind_number & _WITH_ADDRESS else ([0], rest)
        kind_number &= ~_WITH_ADDRESS
        has_variant = kind_number == _CAMPAIGN_VARIANT
        kind = SourceKind.CAMPAIGN if has_variant else _KINDS[kind_number]
        (part,), rest = _split(rest, count=1) if has_variant or kind in _WITH_ENTRY else ([0], rest)
        (source_id, list_id, contact_id, link_id), rest = _split(rest, count=4)
        return MailToken(
            account_id=str(account),
            source=None if kind is None else MailSource(kind, source_id, 0 if has_variant else part),
            list_id=list_id,
            contact_id=contact_id,
            link_id=link_id,
            target=rest.decode(),
            variant=part if has_variant else 0,
            address_number=address_number,
        )

    def make_confirmation(self, purpose: TokenPurpose, token: ConfirmationToken) -> str:
        numbers = _varints(
            int(token.account_id), unix(token.expires_at), token.list_id, token.contact_id, token.consent_number
        )
        return self.sign(purpose, numbers + token.reference.encode())

    def read_confirmation(self, purpose: TokenPurpose, text: str, *, now: datetime) -> ConfirmationToken:
        """Read a confirmation. Raises NotFound as `read` does, and if it has expired (code LINK_EXPIRED)."""
        (account, expires, list_id, contact_id, consent_number), rest = _split(self._open(purpose, text), count=5)
        if unix(now) >= expires:
            raise NotFound("The link has expired.", code=LINK_EXPIRED)
        return ConfirmationToken(
            account_id=str(account),
            expires_at=datetime.fromtimestamp(expires, tz=now.tzinfo),
            list_id=list_id,
            contact_id=contact_id,
            consent_number=consent_number,
            reference=rest.decode(),
        )

    def sign(self, purpose: TokenPurpose, body: bytes) -> str:
        """Return the text of a signed body."""
        return base64.urlsafe_b64encode(self._macs[purpose].of(body) + body).rstrip(b"=").decode()

    def _open(self, purpose: TokenPurpose, text: str) -> bytes:
        unknown = NotFound("The link is invalid.", code="token_invalid")
        if len(text) > MAX_TOKEN_CHARS:
            raise unknown
        try:
            raw = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        except ValueError as exc:
            raise unknown from exc
        mac, body = raw[:MAC_BYTES], raw[MAC_BYTES:]
        # base64 has several encodings of the same bytes; only one is accepted, so that a token has one form in logs.
        is_canonical = base64.urlsafe_b64encode(raw).rstrip(b"=").decode() == text
        if not hmac.compare_digest(mac, self._macs[purpose].of(body)) or not is_canonical:
            raise unknown
        return body


class RecipientTokens:
    """A maker of the tokens of one mail to one contact."""

    __slots__ = ("_prefix", "_tokens")

    def __init__(self, tokens: Tokens, prefix: bytes) -> None:
        self._tokens, self._prefix = tokens, prefix

    def make(self, purpose: TokenPurpose, *, link_id: int = 0, target: str = "") -> str:
        number = bytes((link_id,)) if link_id < 0x80 else _varints(link_id)
        return self._tokens.sign(purpose, self._prefix + number + target.encode())


class _Mac:
    """HMAC-SHA256 cut to 128 bits; the padded keys are hashed once, since a mail needs dozens of codes (RFC 2104, section 4)."""

    def __init__(self, key: bytes) -> None:
        padded = key.ljust(_BLOCK_BYTES, b"\0")
        self._inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
        self._outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))

    def of(self, body: bytes) -> bytes:
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(body)
        outer.update(inner.digest())
        return outer.digest()[:MAC_BYTES]


def _varints(*numbers: int) -> bytes:
    """Encode each number in groups of seven bits, lowest first. Raises ValueError for a negative number."""
    out = bytearray()
    for number in numbers:
        if number < 0:
            raise ValueError(f"A token cannot hold a negative number: {number}.")
        while number >= 0x80:
            out.append(number & 0x7F | 0x80)
            number >>= 7
        out.append(number)
    return bytes(out)


def _split(body: bytes, *, count: int) -> tuple[list[int], bytes]:
    """Return the first `count` numbers of an authentic body, and the bytes after them."""
    numbers: list[int] = []
    at = 0
    for _ in range(count):
        number = shift = 0
        while body[at] & 0x80:
            number |= (body[at] & 0x7F) << shift
            at, shift = at + 1, shift + 7
        numbers.append(number | body[at] << shift)
        at += 1
    return numbers, body[at:]
