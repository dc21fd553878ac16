"""Pages that recipients see: plain HTML without scripts and cookies, in the language of the list."""

from dataclasses import dataclass
from html import escape
from urllib.parse import quote

from postrider.kit.web_page import document, of_language, titled


@dataclass(frozen=True, kw_only=True)
class Words:
    """`{list}` stands for the name of the list."""

    title: str
    question: str
    question_global: str
    button: str
    done: str
    subscribe_title: str
    subscribe_question: str
    subscribe_button: str
    subscribed: str
    invalid_link: str
    share_title: str
    share: str


_WORDS = {
    "en": Words(
        title="Unsubscribe",
        question="Do you want to stop receiving emails from “{list}”?",
        question_global="Do you want to stop receiving all emails from this sender?",
        button="Unsubscribe",
        done="You have been unsubscribed.",
        subscribe_title="Subscribe",
        subscribe_question="Would you like to receive emails from “{list}”?",
        subscribe_button="Subscribe",
        subscribed="You are subscribed.",
        invalid_link="This link is not valid.",
        share_title="Share this email",
        share="Send this email to someone you know",
    ),
    "de": Words(
        title="Abmelden",
        question="Möchten Sie keine E-Mails von „{list}“ mehr erhalten?",
        question_global="Möchten Sie von diesem Absender überhaupt keine E-Mails mehr erhalten?",
        button="Abmelden",
        done="Sie sind abgemeldet.",
        subscribe_title="Anmelden",
        subscribe_question="Möchten Sie E-Mails von „{list}“ erhalten?",
        subscribe_button="Anmelden",
        subscribed="Sie sind angemeldet.",
        invalid_link="Dieser Link ist ungültig.",
        share_title="E-Mail weiterleiten",
        share="Diese E-Mail an jemanden weiterleiten",
    ),
    "fr": Words(
        title="Se désabonner",
        question="Souhaitez-vous ne plus recevoir les courriels de « {list} » ?",
        question_global="Souhaitez-vous ne plus recevoir aucun courriel de cet expéditeur ?",
        button="Se désabonner",
        done="Votre désabonnement a bien été pris en compte.",
        subscribe_title="S'abonner",
        subscribe_question="Souhaitez-vous recevoir les courriels de « {list} » ?",
        subscribe_button="S'abonner",
        subscribed="Votre abonnement est confirmé.",
        invalid_link="Ce lien n'est pas valide.",
        share_title="Partager ce courriel",
        share="Envoyer ce courriel à quelqu'un",
    ),
    "es": Words(
        title="Darse de baja",
        question="¿Quiere dejar de recibir correos de «{list}»?",
        question_global="¿Quiere dejar de recibir todos los correos de este remitente?",
        button="Darse de baja",
        done="Se ha dado de baja.",
        subscribe_title="Suscribirse",
        subscribe_question="¿Quiere recibir correos de «{list}»?",
        subscribe_button="Suscribirse",
        subscribed="Se ha suscrito.",
        invalid_link="Este enlace no es válido.",
        share_title="Compartir este correo",
        share="Enviar este correo a alguien",
    ),
    "it": Words(
        title="Annulla l'iscrizione",
        question="Vuoi smettere di ricevere le e-mail di “{list}”?",
        question_global="Vuoi smettere di ricevere tutte le e-mail di questo mittente?",
        button="Annulla l'iscrizione",
        done="L'iscrizione è stata annullata.",
        subscribe_title="Iscriviti",
        subscribe_question="Vuoi ricevere le e-mail di “{list}”?",
        subscribe_button="Iscriviti",
        subscribed="Iscrizione confermata.",
        invalid_link="Questo link non è valido.",
        share_title="Condividi questa e-mail",
        share="Invia questa e-mail a qualcuno",
    ),
    "nl": Words(
        title="Uitschrijven",
        question="Wilt u geen e-mails van “{list}” meer ontvangen?",
        question_global="Wilt u helemaal geen e-mails van deze afzender meer ontvangen?",
        button="Uitschrijven",
        done="U bent uitgeschreven.",
        subscribe_title="Inschrijven",
        subscribe_question="Wilt u e-mails van “{list}” ontvangen?",
        subscribe_button="Inschrijven",
        subscribed="U bent ingeschreven.",
        invalid_link="Deze link is niet geldig.",
        share_title="E-mail delen",
        share="Deze e-mail naar iemand sturen",
    ),
    "pt": Words(
        title="Cancelar a inscrição",
        question="Quer deixar de receber e-mails de “{list}”?",
        question_global="Quer deixar de receber todos os e-mails deste remetente?",
        button="Cancelar a inscrição",
        done="A sua inscrição foi cancelada.",
        subscribe_title="Inscrever-se",
        subscribe_question="Quer receber e-mails de “{list}”?",
        subscribe_button="Inscrever-se",
        subscribed="A sua inscrição está confirmada.",
        invalid_link="Este link não é válido.",
        share_title="Partilhar este e-mail",
        share="Enviar este e-mail a alguém",
    ),
}

ONE_CLICK = ("List-Unsubscribe", "One-Click")
"""The field that the body of a POST must have (RFC 8058, section 3.1); our form adds FROM_PAGE to it."""
FROM_PAGE = ("page", "1")


def ask_unsubscribe(language: str, list_name: str, *, everything: bool) -> str:
    """Return a page that asks for confirmation; its form posts to the page's own URL."""
    spoken, text = of_language(language, _WORDS)
    question = text.question_global if everything else text.question.format(list=list_name)
    return document(spoken, text.title, _question(text.title, question, text.button))


def unsubscribed(language: str) -> str:
    spoken, text = of_language(language, _WORDS)
    return document(spoken, text.done, titled(text.done))


def ask_subscribe(language: str, list_name: str) -> str:
    spoken, text = of_language(language, _WORDS)
    question = text.subscribe_question.format(list=list_name)
    return document(spoken, text.subscribe_title, _question(text.subscribe_title, question, text.subscribe_button))


def subscribed(language: str) -> str:
    spoken, text = of_language(language, _WORDS)
    return document(spoken, text.subscribed, titled(text.subscribed))


def share(language: str, view_url: str) -> str:
    """Return a page with a link that opens the reader's own mail program."""
    spoken, text = of_language(language, _WORDS)
    href = escape(f"mailto:?body={quote(view_url)}", quote=True)
    link = f'<p><a href="{href}">{escape(text.share)}</a></p>'
    return document(spoken, text.share_title, titled(text.share_title, link))


def plain(title: str, text: str) -> str:
    """Return a page that shows a mail without HTML, its lines wrapped to the window; its language is not known."""
    return (
        '<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{escape(title)}</title><pre style="white-space:pre-wrap;overflow-wrap:anywhere">{escape(text)}</pre>'
    )


def invalid_link(language: str) -> str:
    spoken, text = of_language(language, _WORDS)
    return document(spoken, text.invalid_link, titled(text.invalid_link))


def _question(title: str, question: str, button: str) -> str:
    fields = "".join(f'<input type="hidden" name="{name}" value="{value}">' for name, value in (ONE_CLICK, FROM_PAGE))
    form = f'<form method="post">{fields}<button type="submit">{escape(button)}</button></form>'
    return titled(title, f"<p>{escape(question)}</p>", form)
