"""The pages of forms and preferences: plain HTML that works without scripts and cookies."""

from html import escape
from typing import Final

from postrider.consent.preferences import Preferences, State
from postrider.consent.service import Question
from postrider.forms import rules
from postrider.forms.model import Form, Place
from postrider.forms.words import words
from postrider.kit.web_page import document, titled

_HIDDEN: Final = "position:absolute;left:-10000px;top:auto;width:1px;height:1px;overflow:hidden"
PROBLEM: Final = "problem"


def linked(form: Form, list_name: str, *, problem: str | None = None, email: str = "", in_email: bool = False) -> str:
    """The page of a form; `problem` says what is to be put right, `in_email` that it is the address."""
    language, text = words(form.language)
    content = rules.cleaned(form.content.get(Place.LINKED))
    asked = rules.asked_by(content)
    told = f'<p role="alert" class="problem" id="{PROBLEM}">{escape(problem)}</p>' if problem else ""
    heading = "" if asked.heading else f"<h1>{escape(text.subscribe)}</h1>"
    inner = _inner(form, content, asked, email=email, wrong=in_email)
    if not content.strip():
        heading += _named_list(text.confirm, list_name)
    title = f"{text.subscribe}: {list_name}"
    if problem:
        title = f"{text.error}: {title}"
    return document(language, title, f'{heading}{told}<form method="post" accept-charset="utf-8">{inner}</form>')


def embedded(form: Form, url: str) -> str:
    """A piece of HTML for any site, with the same address to post to; its answer fills the window."""
    language, _ = words(form.language)
    content = rules.cleaned(form.content.get(Place.EMBEDDED))
    inner = _inner(form, content, rules.asked_by(content), email="", wrong=False)
    return (
        f'<form class="postrider-form" lang="{language}" method="post" action="{escape(url)}" target="_top" '
        f'accept-charset="utf-8">{inner}</form>\n'
    )


def problem_with(form: Form, field: str) -> str:
    _, text = words(form.language)
    return text.bad_email if field == rules.EMAIL else text.bad_value.format(field=field)


def signed_up(form: Form) -> str:
    """The same for everybody, known or not."""
    language, text = words(form.language)
    title, told = (text.check_title, text.check) if form.double_opt_in else (text.thanks_title, text.thanks)
    return _said(language, title, told)


def too_many(language_wanted: str) -> str:
    language, text = words(language_wanted)
    return _said(language, text.too_many_title, text.too_many, role="alert")


def ask_confirmation(question: Question) -> str:
    """Asks and does nothing: scanners follow every link of a mail."""
    language, text = words(question.language)
    form = f'<form method="post"><button type="submit">{escape(text.confirm_button)}</button></form>'
    return document(
        language, text.confirm_title, titled(text.confirm_title, _named_list(text.confirm, question.list_name), form)
    )


def confirmed(question: Question) -> str:
    language, text = words(question.language)
    return _said(language, text.thanks_title, text.confirmed)


def expired(language: str) -> str:
    language, text = words(language)
    return _said(language, text.expired_title, text.expired)


def ask_sender(language_wanted: str, email: str) -> str:
    language, text = words(language_wanted)
    question = f"<p>{escape(text.sender.replace('{email}', email))}</p>"
    form = f'<form method="post"><button type="submit">{escape(text.sender_button)}</button></form>'
    return document(language, text.sender_title, titled(text.sender_title, question, form))


def sender_confirmed(language_wanted: str) -> str:
    language, text = words(language_wanted)
    return _said(language, text.thanks_title, text.sender_confirmed)


def sender_expired(language: str) -> str:
    language, text = words(language)
    return _said(language, text.expired_title, text.sender_expired)


def preferences(seen: Preferences, *, saved: bool = False) -> str:
    language, text = words(seen.language)
    match seen.state:
        case State.SILENCED:
            return _said(language, text.preferences, text.left_all)
        case State.AWAY:
            button = _button("come_back", text.come_back)
            body = f'<p>{_named(text.away, seen)}</p><form method="post">{button}</form>'
            return document(language, text.preferences, titled(text.preferences, body))
    ticks = "".join(
        f'<label class="tick"><input type="checkbox" name="{rules.INTERESTS}" value="{escape(choice.name)}"'
        f"{' checked' if choice.chosen else ''}> {escape(choice.label)}</label>"
        for choice in seen.choices
    )
    chosen = (
        f'<form method="post"><fieldset><legend>{escape(text.interests)}</legend>{ticks}</fieldset>'
        f"{_button('save', text.save)}</form>"
    )
    leaving = (
        f'<h2>{escape(text.leave_title)}</h2><form method="post">{_button("leave", _raw(text.leave, seen), quiet=True)}'
        f"{_button('leave_all', text.leave_all, quiet=True)}</form>"
    )
    told = f'<p role="status" class="done">{escape(text.saved)}</p>' if saved else ""
    about = f"<p>{_named(text.about, seen)}</p>"
    body = titled(text.preferences, told, about, chosen if seen.choices else "", leaving)
    return document(language, text.preferences, body)


def left(seen: Preferences, *, everything: bool) -> str:
    language, text = words(seen.language)
    return _said(language, text.preferences, text.left_all if everything else _raw(text.left, seen))


def asked_to_come_back(language_wanted: str) -> str:
    language, text = words(language_wanted)
    return _said(language, text.check_title, text.asked)


def _inner(form: Form, content: str, asked: rules.Asked, *, email: str, wrong: bool) -> str:
    """What stands between the tags of our `<form>`: the owner's HTML, and what it lacks."""
    _, text = words(form.language)
    own = "" if asked.own_email else _email_field(form, text.email, email, wrong=wrong)
    button = "" if asked.button else f'<p><button type="submit">{escape(text.subscribe)}</button></p>'
    trap = (
        f'<div style="{_HIDDEN}" aria-hidden="true"><label>{escape(text.trap)} <input type="text" name="{rules.TRAP}" '
        'tabindex="-1" autocomplete="off"></label></div>'
    )
    return f"{content}{own}{trap}{button}"


def _email_field(form: Form, label: str, email: str, *, wrong: bool) -> str:
    field = f"email-{form.id}"
    marks = f' aria-invalid="true" aria-describedby="{PROBLEM}" autofocus' if wrong else ""
    return (
        f'<p><label for="{field}" style="display:block">{escape(label)}</label>'
        f'<input id="{field}" type="email" name="{rules.EMAIL}" required maxlength="254" autocomplete="email" '
        f'value="{escape(email)}"{marks}></p>'
    )


def _named_list(template: str, list_name: str) -> str:
    return f"<p>{escape(template.replace('{list}', list_name))}</p>"


def _raw(template: str, seen: Preferences) -> str:
    return template.replace("{list}", seen.list_name)


def _named(template: str, seen: Preferences) -> str:
    return escape(_raw(template, seen))


def _button(action: str, label: str, *, quiet: bool = False) -> str:
    look = ' class="quiet"' if quiet else ""
    return f'<button type="submit" name="action" value="{action}"{look}>{escape(label)}</button>'


def _said(language: str, title: str, text: str, *, role: str = "status") -> str:
    return document(language, title, titled(title, f'<p role="{role}">{escape(text)}</p>'))
