"""RS256 JSON Web Tokens (RFC 7515, RFC 7519) made by a Signer and checked with its public key."""

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


def decode(token: str, signer: Signer, *, now_s: float) -> dict[str, Any]:
    """The claims. Raises Unauthenticated when the token is malformed, altered, expired, or another issuer's."""
    refused = Unauthenticated("The token is not valid, or not any more.", code="token_invalid")
    try:
        claims: dict[str, Any] = pyjwt.decode(
            token,
            signer.public_key_pem(),
            algorithms=["RS256"],
            issuer=ISSUER,
            audience=AUDIENCE,
            # Expiry is checked below against the injected clock.
            options={"require": ["exp", "iat", "id", "account_id"], "verify_exp": False, "verify_iat": False},
        )
    except pyjwt.InvalidTokenError as exc:
        raise refused from exc
    if claims["exp"] <= now_s:
        raise Unauthenticated("The token has expired.", code="token_expired")
    return claims
