"""Domains as email identities: made, signed with keys, and verified by DNS as SES does it.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_CreateEmailIdentity.html and the pages of its siblings.
"""

import base64
import binascii
import hashlib
import json
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from infra.local.ses.errors import SesError, bad_request, not_found
from infra.local.standin import REGION

LookUp = Callable[[str, Any], tuple[str, ...]]
"""A function that returns the values of the records of a name and type."""
EASY, OWN = "AWS_SES", "EXTERNAL"
MAX_SELECTOR_CHARS = 63


def no_dns(name: str, kind: str) -> tuple[str, ...]:
    return ()


class Identities:
    """`file` keeps them over restarts. Without DNS nothing is ever verified."""

    def __init__(self, look_up: LookUp = no_dns, *, file: Path | None = None) -> None:
        self.look_up = look_up
        self._file = file
        self._lock = threading.RLock()
        self._known: dict[str, dict[str, Any]] = json.loads(file.read_text()) if file and file.exists() else {}

    def knows(self, name: str) -> bool:
        with self._lock:
            return name in self._known

    def is_verified(self, name: str) -> bool:
        with self._lock:
            return name in self._known and bool(self.get(name)["VerifiedForSendingStatus"])

    def summaries(self) -> list[dict[str, Any]]:
        """Return the items of ListEmailIdentities."""
        with self._lock:
            return [
                {
                    "IdentityName": name,
                    "IdentityType": "DOMAIN",
                    "SendingEnabled": self.is_verified(name),
                    "VerificationStatus": "SUCCESS" if self.is_verified(name) else "PENDING",
                }
                for name in sorted(self._known)
            ]

    def create(self, request: dict[str, Any]) -> dict[str, Any]:
        name = str(request.get("EmailIdentity") or "").lower()
        if "." not in name or "@" in name:
            raise bad_request("The local endpoint makes identities of domains only.")
        with self._lock:
            if name in self._known:
                raise SesError(400, "AlreadyExistsException", f"Email identity {name} already exist.")
            self._known[name] = {"tags": request.get("Tags") or [], "signing": _signing(request), "mail_from": ""}
            self._save()
            answer = self.get(name)
        return {key: answer[key] for key in ("DkimAttributes", "IdentityType", "VerifiedForSendingStatus")}

    def get(self, name: str) -> dict[str, Any]:
        """Answer GetEmailIdentity; DNS is asked each time, where SES asks every few minutes."""
        with self._lock:
            entry = self._entry(name)
            status = "SUCCESS" if self._is_published(name, entry["signing"]) else "PENDING"
            signing = entry["signing"]
            return {
                "IdentityType": "DOMAIN",
                "FeedbackForwardingStatus": True,
                "VerifiedForSendingStatus": status == "SUCCESS",
                "VerificationStatus": status,
                "DkimAttributes": {
                    "SigningEnabled": True,
                    "Status": status,
                    "Tokens": [signing["selector"]] if signing["origin"] == OWN else _tokens(name),
                    "SigningAttributesOrigin": signing["origin"],
                },
                "MailFromAttributes": self._mail_from(entry["mail_from"]),
                "Tags": entry["tags"],
            }

    def put_signing(self, name: str, request: dict[str, Any]) -> dict[str, Any]:
        origin = request.get("SigningAttributesOrigin")
        with self._lock:
            entry = self._entry(name)
            signing = {"DkimSigningAttributes": request.get("SigningAttributes") or {}} if origin == OWN else {}
            entry["signing"] = _signing(signing)
            self._save()
            dkim = self.get(name)["DkimAttributes"]
        return {"DkimStatus": dkim["Status"], "DkimTokens": dkim["Tokens"]}

    def put_mail_from(self, name: str, request: dict[str, Any]) -> dict[str, Any]:
        host = str(request.get("MailFromDomain") or "")
        with self._lock:
            entry = self._entry(name)
            if host and not host.endswith(f".{name}"):
                raise bad_request(f"Provided MAIL-FROM domain <{host}> is not subdomain of the domain of the identity.")
            entry["mail_from"] = host
            self._save()
        return {}

    def delete(self, name: str) -> dict[str, Any]:
        with self._lock:
            self._entry(name)
            del self._known[name]
            self._save()
        return {}

    def _entry(self, name: str) -> dict[str, Any]:
        try:
            return self._known[name]
        except KeyError as exc:
            raise not_found(f"Email identity <{name}> does not exist.") from exc

    def _is_published(self, name: str, signing: dict[str, str]) -> bool:
        if signing["origin"] == OWN:
            texts = self.look_up(f"{signing['selector']}._domainkey.{name}", "TXT")
            return any(f"p={signing['public']}" in text.replace(" ", "") for text in texts)
        wanted = {f"{token}._domainkey.{name}": f"{token}.dkim.amazonses.com" for token in _tokens(name)}
        return all(self.look_up(host, "CNAME") == (target,) for host, target in wanted.items())

    def _mail_from(self, host: str) -> dict[str, str]:
        if not host:
            return {"BehaviorOnMxFailure": "USE_DEFAULT_VALUE"}
        is_found = self.look_up(host, "MX") == (f"10 feedback-smtp.{REGION}.amazonses.com",)
        return {
            "MailFromDomain": host,
            "MailFromDomainStatus": "SUCCESS" if is_found else "PENDING",
            "BehaviorOnMxFailure": "USE_DEFAULT_VALUE",
        }

    def _save(self) -> None:
        if self._file is not None:
            self._file.write_text(json.dumps(self._known))


def _tokens(domain: str) -> list[str]:
    return [hashlib.sha256(f"{domain} {number}".encode()).hexdigest()[:32] for number in range(3)]


def _signing(request: dict[str, Any]) -> dict[str, str]:
    """Return how an identity is signed; of a private key only the public half is kept."""
    attributes = request.get("DkimSigningAttributes") or {}
    if not attributes.get("DomainSigningPrivateKey"):
        return {"origin": EASY}
    selector = str(attributes.get("DomainSigningSelector") or "")
    if not 1 <= len(selector) <= MAX_SELECTOR_CHARS:
        raise bad_request("Invalid DomainSigningSelector.")
    return {"origin": OWN, "selector": selector, "public": _public_half(attributes["DomainSigningPrivateKey"])}


def _public_half(private_key: str) -> str:

    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    try:
        key = serialization.load_der_private_key(base64.b64decode(private_key, validate=True), password=None)
    except (binascii.Error, ValueError) as exc:
        raise bad_request("The DomainSigningPrivateKey is not a valid RSA key.") from exc
    if not isinstance(key, rsa.RSAPrivateKey) or key.key_size not in (1024, 2048):
        raise bad_request("The DomainSigningPrivateKey must be an RSA key of 1024 or 2048 bits.")
    public = key.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(public).decode()
