"""Write the pages of forms, confirmations and preferences: plain HTML that works without scripts and cookies."""

from html import escape
from typing import Final

from postrider.consent.preferences import Preferences, SubscriptionState
from postrider.consent.service import Confirmation
from postrider.content.texts import texts_for
from postrider.forms import rules
from postrider.forms.model import Form, FormPlace
from postrider.kit.web_page import document, titled_document

_HIDDEN: Final = "position:absolute;left:-10000px;top:auto;width:1px;height:1px;overflow:hidden"
PROBLEM: Final = "problem"
"""The id of the error message that a form shows."""


def render_form(
    form: Form, list_name: str, *, problem: str | None = None, email: str = "", email_invalid: bool = False
) -> str:
    """Return the page of a form. `problem` is the error to show; `email_invalid` marks the address as its cause."""
    language, texts = texts_for(form.language)
    content = rules.cleaned(form.content.get(FormPlace.LINKED))
    inputs = rules.inputs_of(content)
    subscribe = texts.gettext("Subscribe")
    heading = "" if inputs.has_heading else f"<h1>{escape(subscribe)}</h1>"
    if not content.strip():
        heading += _paragraph(texts.gettext("Do you want to receive emails from “{list}”?"), list_name)
    title = f"{subscribe}: {list_name}"
    error = ""
    if problem:
        label = texts.gettext("Error")
        title = f"{label}: {title}"
        error = f'<p role="alert" class="problem" id="{PROBLEM}">{escape(problem)}</p>'
    fields = _fields(form, content, inputs, email=email, email_invalid=email_invalid)
    return document(language, title, f'{heading}{error}<form method="post" accept-charset="utf-8">{fields}</form>')


def render_embedded_form(form: Form, url: str) -> str:
    """Return the form as HTML to include in any site. It posts to `url`, and the answer fills the window."""
    language, _ = texts_for(form.language)
    content = rules.cleaned(form.content.get(FormPlace.EMBEDDED))
    fields = _fields(form, content, rules.inputs_of(content), email="", email_invalid=False)
    return (
        f'<form class="postrider-form" lang="{language}" method="post" action="{escape(url)}" target="_top" '
        f'accept-charset="utf-8">{fields}</form>\n'
    )


def problem_text(form: Form, field: str) -> str:
    """Return the error message for an invalid field of a form."""
    _, texts = texts_for(form.language)
    if field == rules.EMAIL:
        return texts.gettext("Enter an email address such as name@example.com.")
    return texts.gettext("What you entered for “{field}” is not valid.").format(field=field)


def render_signed_up(form: Form) -> str:
    """Return the answer to a sign-up, which is the same for known and unknown addresses."""
    language, texts = texts_for(form.language)
    if not form.double_opt_in:
        return _notice(language, texts.gettext("Thank you"), texts.gettext("We have received your subscription."))
    return _notice(
        language,
        texts.gettext("Check your inbox"),
        texts.gettext("We have sent you an email. Follow the link in it to confirm your subscription."),
    )


def render_too_many_sign_ups(locale: str) -> str:
    language, texts = texts_for(locale)
    title = texts.gettext("Too many attempts")
    return _notice(language, title, texts.gettext("Please try again later."), role="alert")


def render_confirmation(confirmation: Confirmation) -> str:
    """Return the page that asks for the confirmation. Opening it confirms nothing, since scanners follow all links."""
    language, texts = texts_for(confirmation.language)
    question = texts.gettext("Do you want to receive emails from “{list}”?")
    button = texts.gettext("Confirm my subscription")
    form = f'<form method="post"><button type="submit">{escape(button)}</button></form>'
    title = texts.gettext("Confirm your subscription")
    return titled_document(language, title, _paragraph(question, confirmation.list_name), form)


def render_confirmed(confirmation: Confirmation) -> str:
    language, texts = texts_for(confirmation.language)
    return _notice(language, texts.gettext("Thank you"), texts.gettext("You are subscribed."))


def render_expired_link(locale: str) -> str:
    language, texts = texts_for(locale)
    return _notice(
        language,
        texts.gettext("This link no longer works"),
        texts.gettext("Confirmation links are valid for seven days. Please subscribe again."),
    )


def render_sender_confirmation(locale: str, email: str) -> str:
    """Return the page that asks the owner of an address whether it may be used as a sender."""
    language, texts = texts_for(locale)
    question = texts.gettext("Do you allow emails to be sent from {email}?").format(email=email)
    button = texts.gettext("Confirm this address")
    form = f'<form method="post"><button type="submit">{escape(button)}</button></form>'
    return titled_document(language, texts.gettext("Confirm your address"), f"<p>{escape(question)}</p>", form)


def render_sender_confirmed(locale: str) -> str:
    language, texts = texts_for(locale)
    return _notice(language, texts.gettext("Thank you"), texts.gettext("The address is confirmed."))


def render_expired_sender_link(locale: str) -> str:
    language, texts = texts_for(locale)
    return _notice(
        language,
        texts.gettext("This link no longer works"),
        texts.gettext("Confirmation links are valid for two days. Please request a new one."),
    )


def render_preferences(shown: Preferences, *, saved: bool = False) -> str:
    """Return the preference page: interests and ways to unsubscribe, or to subscribe again."""
    language, texts = texts_for(shown.language)
    title = texts.gettext("Your preferences")
    match shown.state:
        case SubscriptionState.BLOCKED:
            return _notice(language, title, texts.gettext("You will no longer receive emails from this sender."))
        case SubscriptionState.LIST_DELETED:
            leave_all = texts.gettext("Unsubscribe from all emails from this sender")
            return titled_document(language, title, f'<form method="post">{_button("leave_all", leave_all)}</form>')
        case SubscriptionState.NOT_SUBSCRIBED:
            about = _paragraph(texts.gettext("You do not receive emails from “{list}”."), shown.list_name)
            button = _button("come_back", texts.gettext("Subscribe again"))
            return titled_document(language, title, about, f'<form method="post">{button}</form>')
    status_text = texts.gettext("Your preferences have been saved.")
    status = f'<p role="status" class="done">{escape(status_text)}</p>' if saved else ""
    about = _paragraph(texts.gettext("You receive emails from “{list}”."), shown.list_name)
    boxes = "".join(
        f'<label class="tick"><input type="checkbox" name="{rules.INTERESTS}" value="{escape(choice.name)}"'
        f"{' checked' if choice.chosen else ''}> {escape(choice.label)}</label>"
        for choice in shown.choices
    )
    legend = texts.gettext("What are you interested in?")
    save = _button("save", texts.gettext("Save"))
    fieldset = f"<fieldset><legend>{escape(legend)}</legend>{boxes}</fieldset>"
    interests = f'<form method="post">{fieldset}{save}</form>' if shown.choices else ""
    leave = texts.gettext("Unsubscribe from “{list}”").format(list=shown.list_name)
    leave_all = texts.gettext("Unsubscribe from all emails from this sender")
    heading = texts.gettext("Receive fewer emails")
    unsubscribe = (
        f"<h2>{escape(heading)}</h2>"
        f'<form method="post">{_button("leave", leave, quiet=True)}{_button("leave_all", leave_all, quiet=True)}</form>'
    )
    return titled_document(language, title, status, about, interests, unsubscribe)


def render_unsubscribed(shown: Preferences, *, everything: bool) -> str:
    """Return the page after unsubscribing from the list or from everything."""
    language, texts = texts_for(shown.language)
    if everything:
        text = texts.gettext("You will no longer receive emails from this sender.")
    else:
        text = texts.gettext("You will no longer receive emails from “{list}”.").format(list=shown.list_name)
    return _notice(language, texts.gettext("Your preferences"), text)


def render_resubscription_requested(locale: str) -> str:
    """Return the page after a request to subscribe again, which has to be confirmed by mail."""
    language, texts = texts_for(locale)
    return _notice(
        language,
        texts.gettext("Check your inbox"),
        texts.gettext("We have sent you an email. Follow the link in it to subscribe again."),
    )


def _fields(form: Form, content: str, inputs: rules.FormInputs, *, email: str, email_invalid: bool) -> str:
    """Return the owner's HTML and the fields that it lacks: address, submit button and the trap for programs."""
    _, texts = texts_for(form.language)
    label, subscribe = texts.gettext("Email address"), texts.gettext("Subscribe")
    warning = texts.gettext("Leave this field empty")
    address = "" if inputs.has_email else _email_field(form, label, email, invalid=email_invalid)
    button = "" if inputs.has_button else f'<p><button type="submit">{escape(subscribe)}</button></p>'
    trap = (
        f'<div style="{_HIDDEN}" aria-hidden="true"><label>{escape(warning)} '
        f'<input type="text" name="{rules.TRAP}" tabindex="-1" autocomplete="off"></label></div>'
    )
    return f"{content}{address}{trap}{button}"


def _email_field(form: Form, label: str, email: str, *, invalid: bool) -> str:
    field = f"email-{form.id}"
    marks = f' aria-invalid="true" aria-describedby="{PROBLEM}" autofocus' if invalid else ""
    return (
        f'<p><label for="{field}" style="display:block">{escape(label)}</label>'
        f'<input id="{field}" type="email" name="{rules.EMAIL}" required maxlength="254" autocomplete="email" '
        f'value="{escape(email)}"{marks}></p>'
    )


def _paragraph(template: str, list_name: str) -> str:
    return f"<p>{escape(template.format(list=list_name))}</p>"


def _button(action: str, label: str, *, quiet: bool = False) -> str:
    style = ' class="quiet"' if quiet else ""
    return f'<button type="submit" name="action" value="{action}"{style}>{escape(label)}</button>'


def _notice(language: str, title: str, text: str, *, role: str = "status") -> str:
    return titled_document(language, title, f'<p role="{role}">{escape(text)}</p>')
