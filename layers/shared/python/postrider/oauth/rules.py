"""Read requests of programs and compare their proofs: RFC 6749 and RFC 7636 as pure functions.

No library is used: a library for servers (Authlib) would still need our storage, pages and requests of Lambda, and its
adaptation would be longer than this module.
"""

import base64
import hashlib
import hmac
import re
from collections import Counter
from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl, unquote_plus, urlencode

from postrider.oauth.model import OAuthError
from postrider.oauth_clients.model import ALWAYS, OAuthClient

MAX_PARAMETERS: Final = 50
_CHALLENGE: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")


def parameters_of(text: str) -> dict[str, str]:
    """Return the parameters of a query or a form; empty ones count as absent.

    Raises OAuthError for a repeated parameter (RFC 6749, section 3.1).
    """
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_PARAMETERS, errors="strict")
    except ValueError as exc:
        raise OAuthError("invalid_request", "The parameters cannot be read: send them form-encoded as UTF-8.") from exc
    twice = sorted(name for name, count in Counter(name for name, _ in pairs).items() if count > 1)
    if twice:
        raise OAuthError("invalid_request", f"The parameter {twice[0][:40]!r} is given twice; send it once.")
    return {name: value for name, value in pairs if value}


def uri_with(uri: str, parameters: Mapping[str, str | None]) -> str:
    """Return the URI with these parameters added to its query (RFC 6749, section 4.1.2)."""
    added = urlencode({name: value for name, value in parameters.items() if value is not None})
    return f"{uri}{'&' if '?' in uri else '?'}{added}"


def requested_rights(client: OAuthClient, scope: str | None) -> frozenset[str]:
    """Return the rights of a scope, or all rights of the program without a scope. Raises OAuthError for other rights."""
    if scope is None:
        return client.rights
    asked = frozenset(scope.split())
    if unknown := sorted(asked - client.rights):
        raise OAuthError("invalid_scope", f"The program is not registered for the scope {unknown[0][:80]!r}.")
    return asked | ALWAYS


def challenge_of(parameters: Mapping[str, str], client: OAuthClient) -> str | None:
    """Return the PKCE challenge. Raises OAuthError if a public client sends none, or it was made with another method."""
    challenge = parameters.get("code_challenge")
    if challenge is None:
        if client.is_public:
            raise OAuthError("invalid_request", "A program without a secret needs PKCE: send code_challenge.")
        return None
    if parameters.get("code_challenge_method") != "S256":
        raise OAuthError("invalid_request", "Invalid code_challenge_method: use S256.")
    if not _CHALLENGE.fullmatch(challenge):
        raise OAuthError("invalid_request", "Invalid code_challenge: expected the 43 characters of a SHA-256 hash.")
    return challenge


def verifier_fits(challenge: str | None, verifier: str | None) -> bool:
    """Return whether the verifier matches the challenge; both must be missing or present (RFC 9700, section 4.8.2)."""
    if challenge is None or verifier is None:
        return challenge is None and verifier is None
    if not _VERIFIER.fullmatch(verifier):
        return False
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    return hmac.compare_digest(digest, challenge)


def basic_credentials(authorization: str | None) -> tuple[str, str] | None:
    """Return id and secret of a Basic header (RFC 6749, section 2.3.1), or None without one. Raises OAuthError."""
    scheme, _, encoded = (authorization or "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except ValueError as exc:
        raise OAuthError("invalid_client", "The Authorization header cannot be read.") from exc
    if not colon:
        raise OAuthError("invalid_client", "The Authorization header cannot be read.")
    return unquote_plus(client_id), unquote_plus(secret)
