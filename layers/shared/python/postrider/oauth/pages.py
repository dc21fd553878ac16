"""Write the pages on which users log in and give a program access: plain HTML that works without scripts."""

from gettext import NullTranslations
from html import escape
from urllib.parse import urlsplit

from postrider.content.texts import texts_for
from postrider.kit.web_page import titled_document
from postrider.oauth.model import AuthorizationRequest, OAuthError


def log_in(
    locale: str | None,
    request: AuthorizationRequest,
    *,
    owner: str,
    form_proof: str,
    email: str = "",
    problem: str = "",
) -> str:
    """Return the form for the user's email and password. `owner` is the name of the account that the program belongs to."""
    language, texts = texts_for(locale)
    title = texts.gettext("Log in to connect {program}").format(program=request.client.name)
    intro = _paragraph(_requester(texts, request, owner))
    email_label, password_label = texts.gettext("Email address"), texts.gettext("Password")
    button = texts.gettext("Log in")
    alert = f'<p class="problem" role="alert">{escape(problem)}</p>' if problem else ""
    marks = ' aria-invalid="true"' if problem else ""
    fields = (
        f'<label for="email">{escape(email_label)}</label><input id="email" name="email" type="email" required '
        f'maxlength="320" autocomplete="username" value="{escape(email)}"{marks}>'
        f'<label for="password">{escape(password_label)}</label><input id="password" name="password" '
        f'type="password" required maxlength="1024" autocomplete="current-password"{marks}>'
        f'<button type="submit" name="action" value="log_in">{escape(button)}</button>'
    )
    return titled_document(language, title, intro, alert, _form(form_proof, fields))


def consent(
    locale: str | None,
    request: AuthorizationRequest,
    *,
    owner: str,
    account: str,
    email: str,
    form_proof: str,
    login_proof: str,
) -> str:
    """Return the page that asks the user to give the program its rights."""
    language, texts = texts_for(locale)
    title = texts.gettext("Give {program} access?").format(program=request.client.name)
    you = texts.gettext("You are logged in as {email}, with the account “{account}”.").format(
        email=email, account=account
    )
    end = texts.gettext("It will have access until you change your password, or until an owner of the account ends it.")
    then = texts.gettext("You will then be sent to {place}.").format(place=_place(request.redirect_uri))
    give, refuse = texts.gettext("Give access"), texts.gettext("Refuse")
    buttons = (
        f'<input type="hidden" name="login" value="{escape(login_proof)}">'
        f'<button type="submit" name="action" value="allow">{escape(give)}</button> '
        f'<button type="submit" name="action" value="deny" class="quiet">{escape(refuse)}</button>'
    )
    return titled_document(
        language,
        title,
        _paragraph(_requester(texts, request, owner)),
        _paragraph(you),
        _rights(texts, request.rights),
        _paragraph(end),
        _paragraph(then),
        _form(form_proof, buttons),
    )


def wrong_password(locale: str | None) -> str:
    _, texts = texts_for(locale)
    return texts.gettext("The email or the password is wrong.")


def too_many_attempts(locale: str | None) -> str:
    _, texts = texts_for(locale)
    return texts.gettext("Too many attempts. Please try again later.")


def form_expired(locale: str | None) -> str:
    """Return the page for a form that has expired, or belongs to another browser."""
    language, texts = texts_for(locale)
    text = texts.gettext("Please go back to the program that sent you here, and start again.")
    return titled_document(language, texts.gettext("This page is no longer valid"), _notice(text))


def refused_request(locale: str | None, error: OAuthError) -> str:
    """Return the page for a refused request of a program. The reason is in English, for the developer of the program."""
    language, texts = texts_for(locale)
    text = texts.gettext("The program that sent you here has made a mistake. Its maker needs to know this:")
    link = ""
    if error.back_uri is not None:
        label = texts.gettext("Back to {place}").format(place=_place(error.back_uri))
        link = f'<p><a href="{escape(error.back_uri)}">{escape(label)}</a></p>'
    reason = f'<p lang="en"><code>{escape(f"{error.code}: {error.message}")}</code></p>'
    return titled_document(language, texts.gettext("This does not work"), _notice(text), reason, link)


def _requester(texts: NullTranslations, request: AuthorizationRequest, owner: str) -> str:
    text = texts.gettext("{program}, a program by {owner}, is asking for access to your account.")
    return text.format(program=request.client.name, owner=owner)


def _rights(texts: NullTranslations, rights: frozenset[str]) -> str:
    """Return the rights of the program in two lists: changes, and reads."""
    labels = _labels(texts)
    writes = {right.partition(":")[0] for right in rights if right.endswith(":write")}
    reads = {right.partition(":")[0] for right in rights if right.endswith(":read")} - writes
    changes = texts.gettext("It will be able to see and change:")
    sees = _named(texts.gettext("It will be able to see:"), reads, labels | _labels_of_reading(texts))
    return _named(changes, writes, labels) + sees


def _named(title: str, nouns: set[str], labels: dict[str, str]) -> str:
    if not nouns:
        return ""
    items = "".join(f"<li>{escape(label)}</li>" for noun, label in labels.items() if noun in nouns)
    return f"<h2>{escape(title)}</h2><ul>{items}</ul>"


def _labels(texts: NullTranslations) -> dict[str, str]:
    """Return a label for users by the noun of a right, in the order of the page."""
    return {
        "self": texts.gettext("The name of your account and your email address"),
        "contacts": texts.gettext("Contacts: their addresses, data and subscriptions"),
        "people": texts.gettext("Everything stored about a person, and its erasure"),
        "lists": texts.gettext("Lists"),
        "segments": texts.gettext("Segments"),
        "tags": texts.gettext("Tags"),
        "attributes": texts.gettext("Fields of contacts"),
        "interests": texts.gettext("Interests"),
        "forms": texts.gettext("Sign-up forms"),
        "suppressions": texts.gettext("Addresses that are never mailed"),
        "campaigns": texts.gettext("Campaigns, and sending them"),
        "emails": texts.gettext("Single mails, and sending them"),
        "workflows": texts.gettext("Workflows, and the mails they send"),
        "templates": texts.gettext("Templates"),
        "senders": texts.gettext("Senders"),
        "domains": texts.gettext("Sending domains"),
        "system_emails": texts.gettext("Confirmation mails"),
        "webhooks": texts.gettext("Webhooks: other systems that are told what happens"),
        "reports": texts.gettext("Reports"),
        "logs": texts.gettext("Logs of mails and contacts"),
        "tasks": texts.gettext("Imports, exports and other long work"),
    }


def _labels_of_reading(texts: NullTranslations) -> dict[str, str]:
    """Return the labels of nouns that do less when they can only be read."""
    return {
        "people": texts.gettext("Everything stored about a person"),
        "campaigns": texts.gettext("Campaigns"),
    }


def _form(form_proof: str, html: str) -> str:
    """Return a form that is sent to the URL of its page, which contains the request of the program."""
    return f'<form method="post"><input type="hidden" name="form" value="{escape(form_proof)}">{html}</form>'


def _paragraph(text: str) -> str:
    return f"<p>{escape(text)}</p>"


def _notice(text: str) -> str:
    return f'<p role="status">{escape(text)}</p>'


def _place(uri: str) -> str:
    """Return the host of a URI, or the scheme of a program on the user's device."""
    parts = urlsplit(uri)
    return parts.netloc if parts.scheme in ("http", "https") else f"{parts.scheme}:"
