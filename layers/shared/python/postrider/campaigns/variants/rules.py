"""Rules of variants: their languages, and the choice of the arm and the language of a contact; pure."""

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from itertools import accumulate
from string import ascii_uppercase
from typing import Final

from postrider.kit.errors import Invalid

MAX_VARIANTS: Final = 100
"""Contents of one campaign: arms times languages."""
LANGUAGE_ATTRIBUTE: Final = "language"
"""The attribute of a contact that holds its language, as a tag (BCP 47)."""
_LANGUAGE: Final = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
_SPACE: Final = 1 << 64


def check_language(language: str) -> str:
    """Return the language tag without blanks around it. Raises Invalid for an invalid tag."""
    language = language.strip().replace("_", "-")
    if not _LANGUAGE.fullmatch(language):
        reason = f"{language[:40]!r} is not a language tag. Use one such as `fr` or `pt-BR`."
        raise Invalid(reason, code="language_invalid", field="language")
    return language


def language_of(attributes: Mapping[str, object]) -> str:
    """Return the language in the attributes of a contact, blank if the contact has none."""
    return str(attributes.get(LANGUAGE_ATTRIBUTE, ""))


def folded(language: str) -> str:
    """Return the form in which language tags are compared."""
    return language.strip().replace("_", "-").casefold()


def best_language(languages: Collection[str], wanted: str) -> str:
    """Return the best folded language for a contact: its own, then the language without the region, then the default."""
    tag = folded(wanted)
    while tag:
        if tag in languages:
            return tag
        tag = tag.rpartition("-")[0]
    return ""


def place_among(campaign_id: int, contact_id: int, shares: Sequence[int]) -> int:
    """Return the place of the arm of a contact; the result is always the same, and arms are as frequent as their shares.

    The campaign is part of the hash, so that a contact gets different arms in different campaigns.
    """
    digest = hashlib.sha256(f"{campaign_id}:{contact_id}".encode()).digest()
    point = int.from_bytes(digest[:8]) * sum(shares)
    return next(place for place, end in enumerate(accumulate(shares)) if point < end * _SPACE)


def letters(number: int) -> str:
    """Return the name of an arm: A for 1, B for 2, …, AA for 27."""
    name = ""
    while number > 0:
        number, place = divmod(number - 1, len(ascii_uppercase))
        name = ascii_uppercase[place] + name
    return name
