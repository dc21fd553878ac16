"""Translate the texts of pages and mails with gettext.

The code holds the English texts; `<language>.po` holds their translations. `make texts` adds new texts to the
catalogues and compiles them to `<language>.mo`, the form that the standard library reads.
"""

from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import Final

LANGUAGES: Final = ("en", "de", "es", "fr", "it", "nl", "pt")


def language_of(locale: str | None) -> str:
    """Return the language of a locale ("fr" for "fr_CA" or "fr-CA") when it is one of LANGUAGES, else English."""
    language = (locale or "").replace("-", "_").partition("_")[0].lower()
    return language if language in LANGUAGES else "en"


def texts_for(locale: str | None) -> tuple[str, NullTranslations]:
    """Return the language of a locale, as `language_of` does, and the translations into it."""
    language = language_of(locale)
    return language, _translations(language)


@cache
def _translations(language: str) -> NullTranslations:
    if language == "en":
        return NullTranslations()
    with (Path(__file__).parent / f"{language}.mo").open("rb") as file:
        return GNUTranslations(file)
