"""The merge tags: what each stands for, once a recipient is known (contract, section 10)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, Protocol

from markupsafe import Markup

from postrider.content.phpdate import php_date
from postrider.filters import Contact, Facts, Tree, matches
from postrider.filters.moments import written


class Page(StrEnum):
    """The pages of ours that a mail may link to."""

    UNSUBSCRIBE = "unsubscribe"
    GLOBAL_UNSUBSCRIBE = "global_unsubscribe"
    SUBSCRIBE = "subscribe"
    FORWARD = "forward"
    VIEW = "view"
    PREFERENCES = "preferences"


class Links(Protocol):
    """The addresses of one mail to one contact."""

    def click(self, link_id: int) -> str:
        """Leads to the link with this number in the content's table."""
        ...

    def click_target(self, link_id: int, target: str) -> str:
        """Leads to `target`, which was rendered for this recipient."""
        ...

    def page(self, page: Page) -> str: ...

    def pixel(self) -> str | None:
        """The image whose loading means that the mail was opened; None when there shall be none."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A recipient. `fields` holds the attributes by exact name; `contact` and `facts` are what conditions look at."""

    email: str
    fields: Mapping[str, str | int] = field(default_factory=dict)
    contact: Contact | None = None
    facts: Facts | None = None

    @classmethod
    def of(cls, contact: Contact, facts: Facts | None = None) -> "Person":
        """A contact of a list, with the attributes that every contact has."""
        registered = written(contact.subscribed_at)
        built_in: dict[str, str | int] = {
            "id": contact.id,
            "status": contact.status,
            "registered": registered,
            "subscribed_on": registered,
            "bounce_type": contact.last_bounce_type,
            "bounce_count": contact.bounces_count,
            "tags": ", ".join(sorted(contact.groups)),
        }
        return cls(email=contact.email, fields={**contact.attributes, **built_in}, contact=contact, facts=facts)

    def field(self, name: str) -> str:
        if name == "email":
            return self.email
        value = self.fields.get(name)
        return "" if value is None else str(value)


@dataclass(frozen=True, kw_only=True)
class Frame:
    """What a mail says alike to everyone. `company` has keys as the tags spell them: COMPANY_NAME, ADDRESS, ..."""

    sender_name: str
    sender_email: str
    list_name: str = ""
    company: Mapping[str, str] = field(default_factory=dict)


class Merging:
    """One mail being written for one person; None stands for nobody: tags come out empty, conditions do not hold."""

    __slots__ = ("frame", "links", "now", "person", "subject")

    def __init__(self, person: Person | None, frame: Frame, links: Links, now: datetime) -> None:
        self.person, self.frame, self.links, self.now = person, frame, links, now
        self.subject = ""


class Tag(Protocol):
    """Gives the text that takes the tag's place: plain text, or Markup which HTML takes as it is."""

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
"""Names a custom attribute may not take, and those of the answers (contract, section 6)."""


@dataclass(frozen=True, slots=True)
class Field:
    name: str
    fallback: str = ""

    def __call__(self, merging: Merging, /) -> str:
        return (merging.person.field(self.name) if merging.person else "") or self.fallback


@dataclass(frozen=True, slots=True)
class FrameText:
    """SUBJECT is that of this very mail; a subject cannot contain itself, there it is empty."""

    name: str

    def __call__(self, merging: Merging, /) -> str:
        if self.name == "SUBJECT":
            return merging.subject
        frame = merging.frame
        texts = {"SENDER_NAME": frame.sender_name, "SENDER_EMAIL": frame.sender_email, "LISTNAME": frame.list_name}
        return texts[self.name]


@dataclass(frozen=True, slots=True)
class Company:
    name: str

    def __call__(self, merging: Merging, /) -> str:
        return merging.frame.company.get(self.name) or ""


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """The sender's name and address on one line, as footers show it."""

    def __call__(self, merging: Merging, /) -> str:
        company = merging.frame.company
        return ", ".join(value for name in COMPANY_TAGS[:6] if (value := company.get(name)))


@dataclass(frozen=True, slots=True)
class PageLink:
    page: Page

    def __call__(self, merging: Merging, /) -> str:
        return merging.links.page(self.page)


@dataclass(frozen=True, slots=True)
class Date:
    """Now, moved by some seconds, as PHP writes it."""

    offset: timedelta
    pattern: str

    def __call__(self, merging: Merging, /) -> str:
        return php_date(merging.now + self.offset, self.pattern)


@dataclass(frozen=True, slots=True, eq=False)
class Condition:
    """Whether an expression of the selection language holds for the recipient."""

    tree: Tree | None

    def holds(self, merging: Merging) -> bool:
        person = merging.person
        if person is None or person.contact is None or self.tree is None:
            return False
        return matches(self.tree, person.contact, person.facts, merging.now)


_PIXEL_HTML: Final = Markup('<img src="{}" width="1" height="1" alt="" style="display:block;border:0">')


@dataclass(frozen=True, slots=True)
class Pixel:
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
    "UNSUBSCRIBE": Page.UNSUBSCRIBE,
    "GLOBAL_UNSUBSCRIBE": Page.GLOBAL_UNSUBSCRIBE,
    "SUBSCRIBE": Page.SUBSCRIBE,
    "FORWARD": Page.FORWARD,
    "SHOWEMAIL": Page.VIEW,
    "PREFERENCES": Page.PREFERENCES,  # ours: the contract has the page (section 7) and names no tag for it
}
FIXED_TAGS: Final[dict[str, Tag]] = {
    **{name: FrameText(name) for name in ("SUBJECT", "SENDER_NAME", "SENDER_EMAIL", "LISTNAME")},
    **{f"CLIENTS.{name}": Company(name) for name in COMPANY_TAGS},
    **{name: PageLink(page) for name, page in PAGES.items()},
}
