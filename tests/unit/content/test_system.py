"""System mails: every kind in every language, with variables as data."""

import pytest

from postrider.content.merge_tags import Frame
from postrider.content.system_mail_kinds import SystemMail
from postrider.content.system_mails import SystemMailFrame, system_message
from postrider.content.texts import LANGUAGES
from postrider.kit.errors import Invalid
from tests.unit.content.samples import NOW, body, parsed

LINK = "https://app.example.com/confirm?a=1&b=2"


def mail(kind=SystemMail.SENDER_CONFIRM, *, locale="en_US", to="jo@example.com", sender_name="Postrider", **variables):
    mail_frame = SystemMailFrame(
        to=to,
        frame=Frame(sender_name=sender_name, sender_email="no-reply@example.com"),
        host="example.com",
        variables={"link": LINK, "name": "ACME", **variables},
        now=NOW,
        reference="s-1",
    )
    return parsed(system_message(kind, locale, mail_frame))


@pytest.mark.parametrize("kind", list(SystemMail))
@pytest.mark.parametrize("locale", [*LANGUAGES, "fr_CA"])
def test_every_kind_has_its_link_in_both_parts(kind, locale):
    message = mail(kind, locale=locale)
    assert f'href="{LINK.replace("&", "&amp;")}"' in body(message, "html")
    assert f"\n{LINK}\n" in body(message, "plain")
    assert message["Auto-Submitted"] == "auto-generated"
    assert "[" not in body(message, "html") + body(message, "plain") + message["Subject"]


@pytest.mark.parametrize(
    ("locale", "subject"),
    [
        ("en_GB", "Confirm your sender address"),
        ("fr_CA", "Confirmez votre adresse d'expéditeur"),
        ("pt_BR", "Confirme o seu endereço de remetente"),
        ("zu", "Confirm your sender address"),
        (None, "Confirm your sender address"),
    ],
)
def test_the_language_nearest_to_the_locale(locale, subject):
    assert mail(locale=locale)["Subject"] == subject


@pytest.mark.parametrize("kind", SystemMail)
def test_a_mail_is_in_the_language_of_the_page_that_it_leads_to(kind):
    messages = {locale: mail(kind=kind, locale=locale) for locale in LANGUAGES}
    assert len({message["Subject"] for message in messages.values()}) == len(LANGUAGES)
    for locale, message in messages.items():
        assert f'<html lang="{locale}">' in body(message, "html")


@pytest.mark.parametrize("value", ["<a href=https://evil.example>Click</a>", "{{ 7*7 }}", "[link]", "a\r\nBcc: x@y.co"])
def test_variables_are_data(value):
    message = mail(name=value)
    assert "<a href=https" not in body(message, "html")
    assert "Bcc" not in message
    if not value.startswith("a\r"):
        assert value in body(message, "plain")


def test_a_link_is_only_to_the_web():
    assert 'href="#"' in body(mail(link="javascript:alert(1)"), "html")


@pytest.mark.parametrize("part", ["plain", "html"])
def test_a_code_is_shown_when_there_is_one(part):
    assert "1234" in body(mail(code="1234"), part)
    assert "Code" not in body(mail(), part)
    assert "Code" not in body(mail(code=""), part)


def test_an_address_that_no_header_can_hold_is_refused():
    with pytest.raises(Invalid):
        mail(to="a\r\nBcc: x@y.co")
