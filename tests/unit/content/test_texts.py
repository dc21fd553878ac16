"""The catalogues of page and mail texts: complete in every language, and compiled."""

import ast
import re
import subprocess
import sys

import pytest

from infra import texts as catalogues
from postrider.content.texts import LANGUAGES, language_of, texts_for

TRANSLATED = [language for language in LANGUAGES if language != "en"]


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_catalogue_translates_exactly_the_texts_of_the_code(language):
    """After a change of texts: `make texts`, and translate the new ones."""
    used = {(message.context, message.id) for message in catalogues.collect() if message.id}
    translated = {(m.context, m.id) for m in catalogues.read(language) if m.id and m.string and not m.fuzzy}
    assert translated == used


def test_every_text_of_the_code_is_collected():
    """Babel skips calls inside f-strings on Python 3.11, and calls whose text is not a constant."""
    used = {message.id for message in catalogues.collect() if message.id}
    for path in sorted(catalogues.PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in catalogues.KEYWORDS:
                text = node.args[-1]
                assert isinstance(text, ast.Constant), (path.name, node.lineno)
                assert text.value in used, (path.name, node.lineno)


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_has_the_placeholders_of_its_text(language):
    for message in catalogues.read(language):
        placeholders = re.compile(r"\{\w+\}|\[\w+\]")
        assert sorted(placeholders.findall(message.string)) == sorted(placeholders.findall(message.id)), message.id


@pytest.mark.parametrize("language", TRANSLATED)
def test_the_compiled_catalogue_is_that_of_its_source(language):
    binary = (catalogues.FOLDER / f"{language}.mo").read_bytes()
    assert binary == catalogues.compiled(catalogues.read(language))


@pytest.mark.parametrize(
    ("locale", "language"),
    [("fr_CA", "fr"), ("pt-BR", "pt"), ("de", "de"), ("xx", "en"), ("", "en"), (None, "en"), ("../../etc", "en")],
)
def test_the_language_of_a_locale_is_its_first_part_or_english(locale, language):
    assert language_of(locale) == language
    assert texts_for(locale)[0] == language


def test_a_text_is_translated_and_the_same_words_can_differ_in_mails():
    _, texts = texts_for("it")
    assert texts.gettext("Confirm my subscription") == "Conferma la mia iscrizione"
    assert texts.pgettext("mail", "Confirm my subscription") == "Confermare l'iscrizione"


def test_the_pages_are_translated_without_babel():
    """Importing Babel takes longer than a click may."""
    script = (
        "import sys, postrider.tracking.pages as p; p.invalid_link('fr'); "
        "assert not any(m.startswith('babel') for m in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
