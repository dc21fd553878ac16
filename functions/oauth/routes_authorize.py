"""The page on which a user logs in and gives a program access: /oauth2/authorize.

The login creates no session: the proof of the login is signed in the form.
"""

from typing import Annotated, Any

from functions.oauth.requests import browser_number, context_of, cookie_of, event_of, new_number, query_of
from functions.oauth.responses import OAUTH
from postrider import bootstrap
from postrider.accounts.service import AccountService
from postrider.http import Depends, Operations, Request, Response
from postrider.kit.errors import RateLimited, Unauthenticated
from postrider.oauth import pages
from postrider.oauth.model import AuthorizationRequest, OAuthError
from postrider.oauth.proofs import LoginProofs
from postrider.oauth.service import AuthorizationService
from postrider.users.logins import LoginService
from postrider.users.model import User
from postrider.web import responses
from postrider.web.requests import Event, form_of, headers_of, language_of

operations = Operations("OAuth", OAUTH, keep_answers=False)
PATH = "/oauth2/authorize"
Authorizations = Annotated[AuthorizationService, Depends(bootstrap.authorizations)]
Proofs = Annotated[LoginProofs, Depends(bootstrap.login_proofs)]
Logins = Annotated[LoginService, Depends(bootstrap.logins)]
Accounts = Annotated[AccountService, Depends(bootstrap.accounts)]


@operations.page(PATH, "Ask a user to log in and give a program access")
def show_log_in(authorizations: Authorizations, proofs: Proofs, request: Request) -> Response[str]:
    event = event_of(request)
    language = language_of(headers_of(event))
    try:
        asked = authorizations.read(query_of(event))
    except OAuthError as error:
        return _page(pages.refused_request(language, error), status=400)
    number = browser_number(event) or new_number()
    proof = proofs.form_proof(context_of(number, event))
    answer = _page(pages.log_in(language, asked, owner=_owner_of(asked), form_proof=proof))
    answer.cookies = [cookie_of(number)]
    return answer


@operations.post(PATH, "Log in, give a program access, or refuse it", public=True, errors=())
def answer_request(
    authorizations: Authorizations, proofs: Proofs, logins: Logins, accounts: Accounts, request: Request
) -> Response[str]:
    """Answer a submitted form. Only forms of this page, from the same browser, are accepted (CSRF)."""
    event, form = event_of(request), form_of(event_of(request))
    language = language_of(headers_of(event))
    try:
        asked = authorizations.read(query_of(event))
    except OAuthError as error:
        return _page(pages.refused_request(language, error), status=400)
    context = context_of(browser_number(event) or "", event)
    if not context[0] or not proofs.is_our_form(form.get("form", ""), context):
        return _page(pages.form_expired(language), status=400)
    if form.get("action") == "log_in":
        return _log_in(asked, form, context, event, logins, proofs, accounts)
    user = proofs.user_of(form.get("login", ""), context)
    if user is None or form.get("action") not in ("allow", "deny"):
        return _page(pages.form_expired(language), status=400)
    return _redirect(authorizations.allow(asked, user) if form["action"] == "allow" else authorizations.deny(asked))


def _log_in(
    asked: AuthorizationRequest,
    form: dict[str, str],
    context: tuple[str, str],
    event: Event,
    logins: LoginService,
    proofs: LoginProofs,
    accounts: AccountService,
) -> Response[str]:
    """Return the consent page for the user of the form; for wrong credentials, the form again, always with the same text."""
    language, owner = language_of(headers_of(event)), _owner_of(asked)
    visitor = event["requestContext"]["http"].get("sourceIp")

    def again(problem: str, status: int) -> Response[str]:
        email, proof = form.get("email", ""), proofs.form_proof(context)
        html = pages.log_in(language, asked, owner=owner, form_proof=proof, email=email, problem=problem)
        return _page(html, status=status)

    try:
        user: User | None = logins.verify(form.get("email", ""), form.get("password", ""), visitor)
    except Unauthenticated:
        user = None
    except RateLimited as error:
        answer = again(pages.too_many_attempts(language), 429)
        answer.headers["Retry-After"] = str(error.details["retry_after_s"])
        return answer
    if user is not None:
        user = proofs.with_access(user.account_id, user.id)
    if user is None:
        return again(pages.wrong_password(language), 401)
    account = accounts.get_cached(user.account_id)
    html = pages.consent(
        language,
        asked,
        owner=owner,
        account=account.name or account.id,
        email=user.email,
        form_proof=proofs.form_proof(context),
        login_proof=proofs.login_proof(user, context),
    )
    return _page(html)


def _owner_of(asked: AuthorizationRequest) -> str:
    account = bootstrap.accounts().get_cached(asked.client.account_id)
    return account.name or account.id


def _page(html: str, *, status: int = 200) -> Response[Any]:
    answer = responses.page(html, status=status)
    return Response(answer.status, answer.content_type, answer.body, {**answer.headers, "X-Frame-Options": "DENY"})


def _redirect(target: str) -> Response[Any]:
    answer = responses.redirect(target)
    return Response(answer.status, answer.content_type, answer.body, dict(answer.headers))
