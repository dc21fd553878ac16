"""Show contacts with names instead of ids, for assertions."""

from postrider import bootstrap
from postrider.contacts.model import Contact
from postrider.contacts.naming import NamedContact


def named(contact: Contact) -> NamedContact:
    return bootstrap.contact_names().of(contact.account_id, contact.list_id, [contact]).named(contact)
