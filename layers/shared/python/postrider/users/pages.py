"""Write the pages of links that confirm users and accounts and reset passwords."""

from html import escape

from postrider.content.texts import texts_for
from postrider.kit.web_page import titled_document
from postrider.users.service import MIN_PASSWORD_LENGTH


def choose_password(locale: str | None, email: str, *, is_too_short: bool = False) -> str:
    """Return the form for a new password. `is_too_short` is true if the last password was refused for its length."""
    language, texts = texts_for(locale)
    rule = texts.gettext("At least {count} characters.").format(count=MIN_PASSWORD_LENGTH)
    label = texts.gettext("New password")
    marks = ' aria-invalid="true" autofocus' if is_too_short else ""
    form = (
        f'<form method="post"><input type="hidden" autocomplete="username" value="{escape(email)}">'
        f'<label for="password">{escape(label)}</label><input id="password" name="password" type="password" required '
        f'minlength="{MIN_PASSWORD_LENGTH}" maxlength="1024" autocomplete="new-password" aria-describedby="rule"{marks}>'
        f'<p id="rule"{" class=problem role=alert" if is_too_short else ""}>{escape(rule)}</p>'
        f'<button type="submit">{escape(texts.gettext("Save"))}</button></form>'
    )
    return titled_document(language, texts.gettext("Choose your password"), f"<p>{escape(email)}</p>", form)


def password_set(locale: str | None) -> str:
    language, texts = texts_for(locale)
    return _notice(
        language, texts.gettext("Thank you"), texts.gettext("Your password has been saved. You can log in now.")
    )


def account_confirmation(locale: str | None, name: str) -> str:
    """Return the page that asks an owner to confirm the account."""
    language, texts = texts_for(locale)
    form = f'<form method="post"><button type="submit">{escape(texts.gettext("Confirm my account"))}</button></form>'
    return titled_document(language, texts.gettext("Confirm your account"), f"<p>{escape(name)}</p>", form)


def account_confirmed(locale: str | None) -> str:
    language, texts = texts_for(locale)
    return _notice(language, texts.gettext("Thank you"), texts.gettext("Your account is confirmed."))


def link_invalid(locale: str | None) -> str:
    language, texts = texts_for(locale)
    return _notice(
        language,
        texts.gettext("This link no longer works"),
        texts.gettext("It was used already or is too old. Please request a new one."),
    )


def _notice(language: str, title: str, text: str) -> str:
    return titled_document(language, title, f'<p role="status">{escape(text)}</p>')
