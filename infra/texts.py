"""Collect the texts of pages and mails from the code, update the catalogues and compile them (`make texts`).

New texts get an empty translation, which is to be filled in by hand and compiled by running this again.
"""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from postrider.content import texts

FOLDER: Final = Path(texts.__file__).parent
PACKAGE: Final = FOLDER.parents[1]
KEYWORDS: Final = {"gettext": None, "pgettext": ((1, "c"), 2)}


def translated_languages() -> Iterator[str]:
    """Yield the languages that have a catalogue: all but English, the language of the code."""
    yield from (language for language in texts.LANGUAGES if language != "en")


def collect() -> Catalog:
    """Return a catalogue with the texts in the code, each with the files that use it."""
    catalog = Catalog()
    for path in sorted(PACKAGE.rglob("*.py")):
        for _, text, _, context in extract_from_file("python", path, keywords=KEYWORDS):
            catalog.add(text, context=context, locations=[(str(path.relative_to(PACKAGE)), 1)])
    return catalog


def read(language: str) -> Catalog:
    """Return the catalogue of a language."""
    with (FOLDER / f"{language}.po").open("rb") as file:
        return read_po(file, locale=language)


def compiled(catalog: Catalog) -> bytes:
    """Return a catalogue in the binary form that gettext reads."""
    buffer = BytesIO()
    write_mo(buffer, catalog)
    return buffer.getvalue()


def main() -> None:
    template = collect()
    for language in translated_languages():
        catalog = read(language)
        catalog.update(template, no_fuzzy_matching=True, update_creation_date=False)
        with (FOLDER / f"{language}.po").open("wb") as file:
            write_po(file, catalog, include_lineno=False, ignore_obsolete=True, width=120)
        (FOLDER / f"{language}.mo").write_bytes(compiled(catalog))


if __name__ == "__main__":
    main()
