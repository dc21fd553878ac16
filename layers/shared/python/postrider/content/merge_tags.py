"""Evaluate the merge tags for a recipient (main-api.md, section 10)."""

from collections import ChainMap
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from typing import Final, Protocol

from markupsafe import Markup

from postrider.content.phpdate import php_date
from postrider.filters import Contact, Facts, Tree, matches
from postrider.filters.moments import written
from postrider.filters.schema import BOUNCE_CODES


class PublicPage(StrEnum):
    """The public pages that a mail may link to."""

    UNSUBSCRIBE = "unsubscribe"
    GLOBAL_UNSUBSCRIBE = "global_unsubscribe"
    SUBSCRIBE = "subscribe"
    FORWARD = "forward"
    VIEW = "view"
    PREFERENCES = "preferences"


class Links(Protocol):
    """The URLs of one mail to one contact."""

    def click(self, link_id: int) -> str:
        """Return the URL that tracks and redirects to the link with this number in the content's table."""
        ...

    def click_target(self, link_id: int, target: str) -> str:
        """Return the URL that tracks and redirects to `target`, which was rendered for this recipient."""
        ...

    def page(self, page: PublicPage) -> str: ...

    def pixel(self) -> str | None:
        """Return the URL of the image that tracks opens; None to leave it out."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A recipient. `fields` holds the attributes by exact name; conditions are evaluated on `contact` and `facts`.

    `customer` and `data` are the values of the variables that need one (see `content.missing`). Without `customer`, all of
    them are blank.
    """

    email: str
    fields: Mapping[str, str | int] = field(default_factory=dict)
    contact: Contact | None = None
    facts: Facts | None = None
    customer: Mapping[str, object] | None = None
    data: Mapping[str, object] = field(default_factory=dict)

    @classmethod
    def of(cls, contact: Contact, facts: Facts | None = None, *, external_id: str | None = None) -> "Person":
        """Return a contact of a list as a recipient, with the built-in attributes."""
        registered = written(contact.subscribed_at)
        built_in: dict[str, str | int] = {
            "id": contact.id,
            "status": contact.status,
            "registered": registered,
            "subscribed_on": registered,
            "bounce_type": BOUNCE_CODES[contact.last_bounce_type],
            "bounce_count": contact.bounces_count,
            "tags": ", ".join(sorted(contact.groups)),
        }
        return cls(
            email=contact.email,
            fields={**contact.attributes, **built_in},
            contact=contact,
            facts=facts,
            customer=customer_values(contact.attributes, contact.email, external_id),
        )

    def field(self, name: str) -> str:
        if name == "email":
            return self.email
        value = self.fields.get(name)
        return "" if value is None else str(value)


def customer_values(attributes: Mapping[str, str | int], email: str, external_id: str | None) -> dict[str, object]:
    """Return the values of the variable `customer`; it has no address and no id where the contact has none."""
    names = {"email": email or None, "id": external_id}
    return {**attributes, **{name: value for name, value in names.items() if value is not None}}


@dataclass(frozen=True, kw_only=True)
class Frame:
    """The sender, list and company that are equal for all recipients. `company` has keys like COMPANY_NAME, ADDRESS.

    Days in conditions are days of `time_zone`.
    """

    sender_name: str
    sender_email: str
    list_name: str = ""
    company: Mapping[str, str] = field(default_factory=dict)
    time_zone: tzinfo = UTC


class Merging:
    """The values for merging one mail. Without a person, tags are empty and conditions are false.

    `loop_values` are the variables of the loops that are being rendered.
    """

    __slots__ = ("frame", "links", "loop_values", "now", "person", "subject")

    def __init__(self, person: Person | None, frame: Frame, links: Links, now: datetime) -> None:
        self.person, self.frame, self.links, self.now = person, frame, links, now
        self.subject = ""
        self.loop_values: ChainMap[str, object] = ChainMap()


class MergeTag(Protocol):
    """A function that returns the text for the tag: plain text, or Markup that is already HTML."""

    def __call__(self, merging: Merging, /) -> str: ...


COMPANY_TAGS: Final = (
    "COMPANY_NAME",
    "ADDRESS",
    "CITY",
    "PROVINCE",
    "POSTAL_CODE",
    "COUNTRY",
    "WEBSITE",
    "PHONE",
)
BUILT_IN_FIELDS: Final = frozenset(
    {"email", "id", "status", "registered", "subscribed_on", "bounce_type", "bounce_count", "tags"}
)
"""Names of built-in attributes, which a custom attribute cannot have (main-api.md, section 6)."""


@dataclass(frozen=True, slots=True)
class FieldTag:
    name: str
    fallback: str = ""

    def __call__(self, merging: Merging, /) -> str:
        return (merging.person.field(self.name) if merging.person else "") or self.fallback


@dataclass(frozen=True, slots=True)
class FrameText:
    """The subject, sender or list name of the mail. SUBJECT is empty inside the subject itself."""

    name: str

    def __call__(self, merging: Merging, /) -> str:
        if self.name == "SUBJECT":
            return merging.subject
        frame = merging.frame
        texts = {"SENDER_NAME": frame.sender_name, "SENDER_EMAIL": frame.sender_email, "LISTNAME": frame.list_name}
        return texts[self.name]


@dataclass(frozen=True, slots=True)
class CompanyTag:
    name: str

    def __call__(self, merging: Merging, /) -> str:
        return merging.frame.company.get(self.name) or ""


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """The company's name and postal address on one line, for footers."""

    def __call__(self, merging: Merging, /) -> str:
        company = merging.frame.company
        return ", ".join(value for name in COMPANY_TAGS[:6] if (value := company.get(name)))


@dataclass(frozen=True, slots=True)
class PageLink:
    page: PublicPage

    def __call__(self, merging: Merging, /) -> str:
        return merging.links.page(self.page)


@dataclass(frozen=True, slots=True)
class DateTag:
    """The current moment plus an offset, formatted by a PHP pattern."""

    offset: timedelta
    pattern: str

    def __call__(self, merging: Merging, /) -> str:
        return php_date(merging.now + self.offset, self.pattern)


@dataclass(frozen=True, slots=True, eq=False)
class MergeCondition:
    """A filter expression that is true or false for the recipient."""

    tree: Tree | None

    def holds(self, merging: Merging) -> bool:
        person = merging.person
        if person is None or person.contact is None or self.tree is None:
            return False
        return matches(self.tree, person.contact, person.facts, merging.now.astimezone(merging.frame.time_zone))


_PIXEL_HTML: Final = Markup('<img src="{}" width="1" height="1" alt="" style="display:block;border:0">')


@dataclass(frozen=True, slots=True)
class PixelTag:
    def __call__(self, merging: Merging, /) -> str:
        url = merging.links.pixel()
        if url is None:
            return Markup("")
        return _PIXEL_HTML.format(url)


@dataclass(frozen=True, slots=True)
class TrackedLink:
    """A link whose target is the same for everyone."""

    link_id: int

    def __call__(self, merging: Merging, /) -> str:
        return merging.links.click(self.link_id)


PAGES: Final = {
    "UNSUBSCRIBE": PublicPage.UNSUBSCRIBE,
    "GLOBAL_UNSUBSCRIBE": PublicPage.GLOBAL_UNSUBSCRIBE,
    "SUBSCRIBE": PublicPage.SUBSCRIBE,
    "FORWARD": PublicPage.FORWARD,
    "SHOWEMAIL": PublicPage.VIEW,
    "PREFERENCES": PublicPage.PREFERENCES,  # an addition: the reference has the page (section 7) but no tag for it
}
FIXED_TAGS: Final[dict[str, MergeTag]] = {
    **{name: FrameText(name) for name in ("SUBJECT", "SENDER_NAME", "SENDER_EMAIL", "LISTNAME")},
    **{f"CLIENTS.{name}": CompanyTag(name) for name in COMPANY_TAGS},
    **{name: PageLink(page) for name, page in PAGES.items()},
}
