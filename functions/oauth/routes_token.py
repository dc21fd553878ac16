"""The endpoints of programs: /oauth2/token and /oauth2/metadata."""

from typing import Annotated, Any

from functions.oauth.requests import event_of, token_form_of
from functions.oauth.responses import OAUTH, json_answer, json_refusal
from postrider import bootstrap
from postrider.credentials.model import MAIN
from postrider.credentials.service import CredentialService
from postrider.http import Caller, Depends, Operations, Request, Response
from postrider.http.audit import note_permission
from postrider.kit.errors import Unauthenticated
from postrider.oauth.model import AccessToken, OAuthError
from postrider.oauth.rules import basic_credentials
from postrider.oauth.service import AuthorizationService
from postrider.web.requests import headers_of

operations = Operations("OAuth", OAUTH, keep_answers=False)
Authorizations = Annotated[AuthorizationService, Depends(bootstrap.authorizations)]
Credentials = Annotated[CredentialService, Depends(bootstrap.credentials)]
DATA_CENTER = "us1"
"""The label of the data center in the metadata of a token; a deployment is one data center."""


@operations.post("/oauth2/token", "Exchange a code for an access token", public=True, errors=())
def exchange_code(authorizations: Authorizations, request: Request) -> Response[Any]:
    """Return a token without an expiry; `expires_in` 0 states this."""
    event = event_of(request)
    authorization = headers_of(event).get("authorization")
    try:
        token = authorizations.exchange(token_form_of(event), basic_credentials(authorization))
    except OAuthError as error:
        return json_refusal(error, is_basic=authorization is not None)
    note_permission(_caller_of(token), "credentials:write")  # a change for the audit log of the account
    return json_answer({"access_token": token.secret, "token_type": "bearer", "expires_in": 0, "scope": token.scope})


@operations.get("/oauth2/metadata", "Get the metadata of a token", public=True, errors=())
def show_metadata(credentials: Credentials, request: Request) -> Response[Any]:
    """Return the metadata of a token; an invalid token also gets 200, and an empty data center."""
    scheme, _, secret = headers_of(event_of(request)).get("authorization", "").partition(" ")
    try:
        if scheme.lower() not in ("oauth", "bearer"):
            raise Unauthenticated("No token.")
        caller = credentials.caller_of(MAIN, secret.strip())
    except Unauthenticated:
        return json_answer({"error": "invalid_token"})
    return json_answer(_metadata(caller))


def _metadata(caller: Caller) -> dict[str, Any]:
    account, base_url = bootstrap.accounts().get_cached(caller.account_id), bootstrap.public_base_url()
    user_id = int(caller.user_id)
    return {
        "dc": DATA_CENTER,
        "role": "owner" if account.owner_user_id == caller.user_id else "user",
        "accountname": account.name or "",
        "user_id": user_id,
        "login": {
            "email": caller.email,
            "avatar": None,
            "login_id": user_id,
            "login_name": caller.email,
            "login_email": caller.email,
        },
        "login_url": base_url,
        "api_endpoint": base_url,
    }


def _caller_of(token: AccessToken) -> Caller:
    """Return the user of a token as the caller."""
    return Caller(
        account_id=token.account_id,
        own_account_id=token.account_id,
        user_id=token.user_id,
        user_account_id=token.account_id,
        email=token.email,
        scopes=frozenset(),
        lineage="",
        token_id=token.credential_id,
    )
