"""Register domains at SES v2 as email identities."""

from collections.abc import Callable
from functools import cached_property
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from postrider.aws.clients import client
from postrider.ports.identities import IdentitiesBusy, Identity, IdentityRefused

MADE_BY = "postrider:deployment"
"""Tag of identities of this deployment. It never deletes identities of an operator or of another deployment."""

_EXISTS, _UNKNOWN = "AlreadyExistsException", "NotFoundException"
_REFUSED = frozenset({"BadRequestException", "LimitExceededException", "ValidationException", _UNKNOWN})
"""https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_CreateEmailIdentity.html#API_CreateEmailIdentity_Errors"""


class SesIdentities:
    def __init__(self, deployment: str) -> None:
        self._deployment = deployment

    @cached_property
    def _ses(self) -> Any:
        return client("sesv2")

    def get(self, domain: str) -> Identity | None:
        answer = self._called("get_email_identity", EmailIdentity=domain, unless=_UNKNOWN)
        return None if answer is None else self._identity(answer)

    def import_key(self, domain: str, *, selector: str, private_key: str) -> None:
        signing = {"DomainSigningSelector": selector, "DomainSigningPrivateKey": private_key}
        made = self._called(
            "create_email_identity",
            EmailIdentity=domain,
            DkimSigningAttributes=signing,
            Tags=self._tags(),
            unless=_EXISTS,
        )
        if made is None:
            self._called(
                "put_email_identity_dkim_signing_attributes",
                EmailIdentity=domain,
                SigningAttributesOrigin="EXTERNAL",
                SigningAttributes=signing,
            )

    def make_keys(self, domain: str) -> Identity:
        self._called("create_email_identity", EmailIdentity=domain, Tags=self._tags(), unless=_EXISTS)
        identity = self.get(domain)
        if identity is None or identity.is_imported or not identity.tokens:
            self._called(
                "put_email_identity_dkim_signing_attributes", EmailIdentity=domain, SigningAttributesOrigin="AWS_SES"
            )
            identity = self.get(domain)
        if identity is None:
            raise IdentitiesBusy("The identity was deleted concurrently; retry.")
        return identity

    def set_mail_from(self, domain: str, mail_from: str | None) -> None:
        self._called(
            "put_email_identity_mail_from_attributes",
            EmailIdentity=domain,
            MailFromDomain=mail_from or "",
            BehaviorOnMxFailure="USE_DEFAULT_VALUE",
            unless=_UNKNOWN,
        )

    def remove(self, domain: str) -> None:
        answer = self._called("get_email_identity", EmailIdentity=domain, unless=_UNKNOWN)
        if answer is not None and self._identity(answer).is_own:
            self._called("delete_email_identity", EmailIdentity=domain, unless=_UNKNOWN)

    def _identity(self, answer: dict[str, Any]) -> Identity:
        dkim, mail_from = answer.get("DkimAttributes") or {}, answer.get("MailFromAttributes") or {}
        return Identity(
            is_verified=bool(answer.get("VerifiedForSendingStatus")) and dkim.get("Status") == "SUCCESS",
            is_imported=dkim.get("SigningAttributesOrigin") == "EXTERNAL",
            is_own=self._tags()[0] in (answer.get("Tags") or []),
            tokens=tuple(dkim.get("Tokens") or ()),
            mail_from=mail_from.get("MailFromDomain") or None,
        )

    def _tags(self) -> list[dict[str, str]]:
        return [{"Key": MADE_BY, "Value": self._deployment}]

    def _called(self, action: str, *, unless: str = "", **request: Any) -> dict[str, Any] | None:
        """Return the answer of a call; None if SES refuses it with the code `unless`."""
        call: Callable[..., dict[str, Any]] = getattr(self._ses, action)
        try:
            return call(**request)
        except ClientError as exc:
            code, message = exc.response["Error"]["Code"], exc.response["Error"].get("Message", "")
            if code == unless:
                return None
            if code in _REFUSED:
                raise IdentityRefused(message or code) from exc
            raise IdentitiesBusy(f"{code}: {message}") from exc
        except BotoCoreError as exc:
            raise IdentitiesBusy(str(exc)) from exc
