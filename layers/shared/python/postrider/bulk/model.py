"""What is to be changed on many contacts."""

from dataclasses import dataclass, replace

from postrider.contacts.model import Contact
from postrider.contacts.rules import with_names
from postrider.kit.errors import Invalid


@dataclass(frozen=True, kw_only=True)
class Change:
    """Names to put on and to take off; a rename is both, for those who carry the old one (`only_if_tag`)."""

    add_tags: tuple[str, ...] = ()
    remove_tags: tuple[str, ...] = ()
    add_interests: tuple[str, ...] = ()
    remove_interests: tuple[str, ...] = ()
    remove_attributes: tuple[str, ...] = ()
    only_if_tag: str | None = None
    only_if_interest: str | None = None

    def applied(self, contact: Contact) -> Contact:
        """The contact after the change; the same one when there is nothing to do."""
        if self.only_if_tag is not None and self.only_if_tag not in contact.tags:
            return contact
        if self.only_if_interest is not None and self.only_if_interest not in contact.interests:
            return contact
        tags = (contact.tags - frozenset(self.remove_tags)) | frozenset(self.add_tags)
        interests = (contact.interests - frozenset(self.remove_interests)) | frozenset(self.add_interests)
        kept = {name: value for name, value in contact.attributes.items() if name not in self.remove_attributes}
        try:
            return with_names(replace(contact, attributes=kept), tags=tags, interests=interests)
        except Invalid:
            return contact  # one that is full does not keep the others from the change
