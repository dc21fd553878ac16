"""Create the URLs in a mail."""

from collections.abc import Mapping, Sequence
from typing import Final, Self

from postrider.content.merge_tags import PublicPage
from postrider.mail_events.source import MailSource
from postrider.tracking.tokens import MAX_TARGET_BYTES, RecipientTokens, TokenPurpose, Tokens

PATHS: Final[dict[TokenPurpose, str]] = {
    TokenPurpose.OPEN: "o",
    TokenPurpose.CLICK: "c",
    TokenPurpose.UNSUBSCRIBE: "u",
    TokenPurpose.GLOBAL_UNSUBSCRIBE: "g",
    TokenPurpose.SUBSCRIBE: "s",
    TokenPurpose.FORWARD: "f",
    TokenPurpose.VIEW: "v",
    TokenPurpose.PREFERENCES: "p",
    TokenPurpose.CONFIRM_SENDER: "confirm-sender",
    TokenPurpose.CONFIRM_SUBSCRIPTION: "confirm",
}
"""Paths of the public pages, `<base URL>/<path>/<token>`, for mails and routes."""
FORM_PATH: Final = "subscribe"
"""Path of the public forms, `<base URL>/subscribe/<form id>`; `/forms` belongs to the API."""


class MailLinks:
    """The links of one mail to one contact. Each is created at its first use."""

    __slots__ = ("_base", "_click_base", "_clicks", "_numbers", "_tokens", "_tracking_base")

    def __init__(
        self,
        tokens: RecipientTokens,
        base_url: str,
        tracking_url: str | None = None,
        link_numbers: Mapping[int, int] | None = None,
    ) -> None:
        self._tokens, self._base, self._tracking_base = tokens, base_url, tracking_url or base_url
        self._numbers = link_numbers
        self._click_base = f"{self._tracking_base}/{PATHS[TokenPurpose.CLICK]}/"
        self._clicks: dict[int, str] = {}

    @classmethod
    def of(
        cls,
        tokens: Tokens,
        base_url: str,
        *,
        account_id: str,
        source: MailSource,
        list_id: int,
        contact_id: int,
        tracking_url: str | None = None,
        variant: int = 0,
        link_numbers: Mapping[int, int] | None = None,
        address_number: int = 0,
    ) -> Self:
        """Return the links of a mail. `base_url` is that of the public pages, without a trailing slash.

        Clicks and the pixel begin with `tracking_url`, if there is one; people can leave also when that has stopped working.
        `variant` and `link_numbers` are those of MailSettings, `address_number` is that of the contact.
        """
        recipient = tokens.recipient(
            account_id,
            source,
            list_id=list_id,
            contact_id=contact_id,
            variant=variant,
            address_number=address_number,
        )
        return cls(recipient, base_url, tracking_url, link_numbers)

    def click(self, link_id: int) -> str:
        url = self._clicks.get(link_id)
        if url is None:
            number = self._number(link_id)
            url = self._clicks[link_id] = self._click_base + self._tokens.make(TokenPurpose.CLICK, link_id=number)
        return url

    def click_target(self, link_id: int, target: str) -> str:
        if len(target.encode()) > MAX_TARGET_BYTES:
            return target
        return self._click_base + self._tokens.make(TokenPurpose.CLICK, link_id=self._number(link_id), target=target)

    def _number(self, link_id: int) -> int:
        """Return the number of a link among those of all variants of the content."""
        return link_id if self._numbers is None else self._numbers[link_id]

    def page(self, page: PublicPage) -> str:
        return self._url(TokenPurpose(page.value))

    def pixel(self) -> str | None:
        return f"{self._tracking_base}/{PATHS[TokenPurpose.OPEN]}/{self._tokens.make(TokenPurpose.OPEN)}"

    def _url(self, purpose: TokenPurpose) -> str:
        return f"{self._base}/{PATHS[purpose]}/{self._tokens.make(purpose)}"


class TargetLinks(MailLinks):
    """The links of a mail that is sent once: each holds its own target, so that no table of them is kept.

    A target that differs by recipient has no number: what was merged into it must not reach the log.
    """

    __slots__ = ("_targets",)
    _targets: Sequence[str]

    def with_targets(self, targets: Sequence[str]) -> Self:
        """Set the targets by link number."""
        self._targets = targets
        return self

    def click(self, link_id: int) -> str:
        target = self._targets[link_id - 1]
        if len(target.encode()) > MAX_TARGET_BYTES:
            return target
        return self._click_base + self._tokens.make(TokenPurpose.CLICK, link_id=link_id, target=target)

    def click_target(self, link_id: int, target: str) -> str:
        return super().click_target(0, target)


class WebViewLinks(MailLinks):
    """The links of a mail in the browser view: all links work, but without a pixel, so that no second open is counted."""

    __slots__ = ()

    def pixel(self) -> str | None:
        return None


class PlainLinks:
    """The links of a preview: untracked links to the targets; links to public pages are "#"."""

    def __init__(self, targets: Sequence[str]) -> None:
        self._targets = targets

    def click(self, link_id: int) -> str:
        return self._targets[link_id - 1]

    def click_target(self, link_id: int, target: str) -> str:
        return target

    def page(self, page: PublicPage) -> str:
        return "#"

    def pixel(self) -> str | None:
        return None


class TrialLinks(PlainLinks):
    """The links of a test mail: public pages open, but change no contact."""

    def __init__(self, targets: Sequence[str], pages: MailLinks) -> None:
        """Set the targets by link number; `pages` are the links of contact 0, which does not exist."""
        super().__init__(targets)
        self._pages = pages

    def page(self, page: PublicPage) -> str:
        return self._pages.page(page)
