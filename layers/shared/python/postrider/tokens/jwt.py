"""Encode RS256 JSON Web Tokens (RFC 7515, RFC 7519) with a Signer, and check them with its public key."""

from typing import Any

import jwt as pyjwt
import orjson
from jwt.utils import base64url_encode

from postrider.kit.errors import Unauthenticated
from postrider.ports.signer import Signer

ISSUER = "urn:postrider"
AUDIENCE = "postrider-api"


def encode(claims: dict[str, Any], signer: Signer) -> str:
    header = base64url_encode(orjson.dumps({"alg": "RS256", "typ": "JWT"}))
    signing_input = header + b"." + base64url_encode(orjson.dumps({**claims, "iss": ISSUER, "aud": AUDIENCE}))
    return (signing_input + b"." + base64url_encode(signer.sign(signing_input))).decode()


def verified_claims(token: str, signer: Signer) -> dict[str, Any]:
    """Return the claims of a token, which may have expired. Raises Unauthenticated for an invalid signature."""
    refused = Unauthenticated("Invalid access token: log in again.", code="token_invalid")
    try:
        return pyjwt.decode(
            token,
            signer.public_key_pem(),
            algorithms=["RS256"],
            issuer=ISSUER,
            audience=AUDIENCE,
            # `check_expiry` checks the expiry with our own clock.
            options={"require": ["exp", "iat", "id", "account_id"], "verify_exp": False, "verify_iat": False},
        )
    except pyjwt.InvalidTokenError as exc:
        raise refused from exc


def check_expiry(claims: dict[str, Any], *, now_s: float) -> None:
    if claims["exp"] <= now_s:
        raise Unauthenticated("The access token has expired: log in again or refresh it.", code="token_expired")
