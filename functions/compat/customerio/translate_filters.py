"""Translate Customer.io's filters of people (contract, section 7)."""

from typing import Any

from functions.compat.customerio.translate_identifiers import contact_id_of
from postrider import bootstrap
from postrider.contacts import rules
from postrider.contacts.model import WithdrawnBy
from postrider.filters import Comparison, Op, Tree, any_of, negated
from postrider.filters.languages.people_json import has_text
from postrider.filters.tree import EXTERNAL_ID, LEFT_BY, SUPPRESSED_BY, fold
from postrider.kit.errors import FieldPath
from postrider.segments.people_filters import EVERYONE, NO_ONE, Field
from postrider.suppressions.model import LOCKED

LEFT: Tree = any_of(
    [
        *(Comparison("status", Op.EQ, status) for status in rules.AWAY),
        *(has_text(LEFT_BY, cause) for cause in WithdrawnBy if cause != WithdrawnBy.BOUNCE),
        *(has_text(SUPPRESSED_BY, source) for source in sorted(LOCKED)),
    ]
)
"""People who are shown as unsubscribed, as `rules.has_left` says."""


def _email(text: str | None) -> Tree:
    """Return the condition on the address, which is not case-sensitive."""
    return negated(Comparison("email", Op.EQ, "")) if text is None else Comparison("email", Op.EQ, fold(text))


def _cio_id(text: str | None) -> Tree:
    if text is None:
        return EVERYONE
    contact_id = contact_id_of(text)
    return NO_ONE if contact_id is None else Comparison("id", Op.EQ, contact_id)


def _unsubscribed(text: str | None) -> Tree:
    """Return the condition on `unsubscribed`, which is set for unsubscribed people only; `false` finds the others."""
    return LEFT if text is None else {"true": LEFT, "false": negated(LEFT), "": negated(LEFT)}.get(text, NO_ONE)


FIELDS: dict[str, Field] = {
    "id": lambda text: has_text(EXTERNAL_ID, text),
    "email": _email,
    "cio_id": _cio_id,
    "unsubscribed": _unsubscribed,
}
"""Fields of people beside custom attributes."""


def people_tree(account_id: str, form: Any, *, field: FieldPath = "filter") -> Tree:
    """Return the filter of people of the account, on its default list. Raises Invalid with `field`."""
    list_id = bootstrap.lists().default(account_id).id
    return bootstrap.people_filters().tree(account_id, list_id, form, fields=FIELDS, field=field)
