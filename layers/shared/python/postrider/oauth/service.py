"""Check requests of programs, give them codes for the consent of users, and exchange codes for tokens."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from postrider.accounts.service import AccountService
from postrider.credentials.oauth_tokens import OAuthTokenService
from postrider.kit.clock import Clock
from postrider.kit.errors import Invalid, NotFound
from postrider.kit.ids import random_secret
from postrider.oauth.model import AccessToken, AuthorizationCode, AuthorizationRequest, OAuthError
from postrider.oauth.repository import CodeRepository
from postrider.oauth.rules import challenge_of, parameters_of, requested_rights, uri_with, verifier_fits
from postrider.oauth_clients.model import OAuthClient
from postrider.oauth_clients.service import OAuthClientService
from postrider.storage.dynamo import transaction, was_made
from postrider.users.model import User
from postrider.users.service import UserService

CODE_LIFETIME: Final = timedelta(minutes=10)
"""The maximum lifetime that RFC 6749 recommends, section 4.1.2."""
CODE_KEPT_FOR: Final = timedelta(days=1)


class AuthorizationService:
    def __init__(
        self,
        codes: CodeRepository,
        clients: OAuthClientService,
        tokens: OAuthTokenService,
        users: UserService,
        accounts: AccountService,
        now: Clock,
    ) -> None:
        self._codes, self._clients, self._tokens = codes, clients, tokens
        self._users, self._accounts, self._now = users, accounts, now

    def read(self, query: str) -> AuthorizationRequest:
        """Return the request in the query of a URL.

        Raises OAuthError. The error has a `back_uri` only if program and URI are known: users are not sent to unknown URIs.
        """
        parameters = parameters_of(query)
        client = self._clients.find(parameters.get("client_id", ""))
        if client is None:
            raise OAuthError("invalid_request", "Unknown client_id.")
        redirect_uri = parameters.get("redirect_uri", "")
        if redirect_uri not in client.redirect_uris:
            raise OAuthError(
                "invalid_request", "The redirect_uri is not registered for the program; use a registered one."
            )
        state = parameters.get("state")
        try:
            if parameters.get("response_type") != "code":
                raise OAuthError("unsupported_response_type", "Invalid response_type: use code.")
            return AuthorizationRequest(
                client=client,
                redirect_uri=redirect_uri,
                rights=requested_rights(client, parameters.get("scope")),
                has_scope="scope" in parameters,
                state=state,
                challenge=challenge_of(parameters, client),
            )
        except OAuthError as exc:
            answer = {"error": exc.code, "error_description": exc.message, "state": state}
            raise OAuthError(exc.code, exc.message, back_uri=uri_with(redirect_uri, answer)) from exc

    def allow(self, request: AuthorizationRequest, user: User) -> str:
        """Return the URI that sends a new code to the program."""
        now = self._now()
        code = AuthorizationCode(
            secret=random_secret(),
            client_id=request.client.id,
            redirect_uri=request.redirect_uri,
            rights=request.rights,
            has_scope=request.has_scope,
            challenge=request.challenge,
            account_id=user.account_id,
            user_id=user.id,
            created_at=now,
        )
        self._codes.add(code, expires_at=now + CODE_KEPT_FOR)
        return uri_with(request.redirect_uri, {"code": code.secret, "state": request.state})

    def deny(self, request: AuthorizationRequest) -> str:
        """Return the URI that reports the refusal of the user to the program."""
        answer = {"error": "access_denied", "error_description": "The user has refused.", "state": request.state}
        return uri_with(request.redirect_uri, answer)

    def exchange(self, parameters: Mapping[str, str], basic: tuple[str, str] | None) -> AccessToken:
        """Return a token for the code of a token request. `basic` are id and secret of its Basic header, or None.

        Raises OAuthError. A second use of a code revokes the token of the first use, since one of the callers stole the code.
        """
        client = self._authenticated(parameters, basic)
        if parameters.get("grant_type") != "authorization_code":
            raise OAuthError("unsupported_grant_type", "Invalid grant_type: use authorization_code.")
        if "code" not in parameters:
            raise OAuthError("invalid_request", "The parameter code is missing.")
        invalid = OAuthError("invalid_grant", "The code is unknown, expired, used, or not for this program and URI.")
        code = self._codes.find(parameters["code"])
        if code is None or code.client_id != client.id:
            raise invalid
        if code.credential_id is not None:
            self._tokens.delete(code.account_id, code.credential_id)
            raise invalid
        has_expired = self._now() >= code.created_at + CODE_LIFETIME
        if has_expired or parameters.get("redirect_uri") != code.redirect_uri:
            raise invalid
        if not verifier_fits(code.challenge, parameters.get("code_verifier")):
            raise OAuthError("invalid_grant", "The code_verifier does not match the code_challenge.")
        user = self._user_of(code)
        if user is None:
            raise invalid
        return self._make_token(code, client, user, invalid)

    def _authenticated(self, parameters: Mapping[str, str], basic: tuple[str, str] | None) -> OAuthClient:
        """Return the program of a token request. Raises OAuthError for a missing or wrong secret, unless it is public."""
        refused = OAuthError("invalid_client", "The client_id or the client_secret is wrong.")
        if basic and ("client_secret" in parameters or parameters.get("client_id", basic[0]) != basic[0]):
            raise OAuthError("invalid_request", "Send the client's credentials once: in the header or in the body.")
        client_id, secret = basic or (parameters.get("client_id", ""), parameters.get("client_secret", ""))
        client = self._clients.find(client_id)
        if client is None:
            raise refused
        is_proved = not secret if client.is_public else self._clients.secret_fits(client, secret)
        if not is_proved:
            raise refused
        return client

    def _user_of(self, code: AuthorizationCode) -> User | None:
        """Return the user who gave the code, or None if the user has lost access or changed the password since."""
        try:
            user = self._users.get(code.account_id, code.user_id)
            is_open = self._accounts.has_access(self._accounts.get(code.account_id))
        except NotFound:
            return None
        has_access = user.status == "active" and is_open and code.created_at >= user.tokens_valid_from
        return user if has_access else None

    def _make_token(self, code: AuthorizationCode, client: OAuthClient, user: User, invalid: OAuthError) -> AccessToken:
        credential, secret = self._tokens.new(user, client, code.rights)

        def write() -> None:
            with transaction() as writes:
                self._codes.use_in(writes, code, credential.id)
                self._tokens.add_to(writes, credential)

        def add() -> None:
            if not was_made(write):  # a concurrent call has used the code
                used = self._codes.find(code.secret)
                if used is not None and used.credential_id is not None:
                    self._tokens.delete(code.account_id, used.credential_id)
                raise invalid

        try:
            self._tokens.keep_limits(credential, add)
        except OAuthError:
            raise
        except Invalid as exc:
            raise OAuthError("invalid_grant", exc.message) from exc
        return AccessToken(
            secret=secret,
            scope=" ".join(sorted(code.rights)) if code.has_scope else None,
            account_id=user.account_id,
            user_id=user.id,
            email=user.email,
            credential_id=credential.id,
        )
