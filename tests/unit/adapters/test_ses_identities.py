"""Domains at SES: refused and busy calls, and deletion of identities."""

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from postrider.adapters.ses_identities import SesIdentities
from postrider.ports.identities import IdentitiesBusy, IdentityRefused


class Ses:
    """A client that answers every call with `answers[its name]`, or raises it."""

    def __init__(self, **answers):
        self.answers, self.calls = answers, []

    def __getattr__(self, name):
        def call(**request):
            self.calls.append(name)
            answer = self.answers.get(name, {})
            if isinstance(answer, Exception):
                raise answer
            return answer

        return call


def error(code):
    return ClientError({"Error": {"Code": code, "Message": "because"}}, "Call")


def identities(**answers):
    subject = SesIdentities("postrider-test")
    subject.__dict__["_ses"] = Ses(**answers)
    return subject


def test_an_unknown_identity_is_none():
    assert identities(get_email_identity=error("NotFoundException")).get("example.com") is None


@pytest.mark.parametrize("code", ["BadRequestException", "LimitExceededException"])
def test_a_refusal_is_final(code):
    with pytest.raises(IdentityRefused, match="because"):
        identities(create_email_identity=error(code)).import_key("example.com", selector="s", private_key="k")


@pytest.mark.parametrize(
    "problem", [error("TooManyRequestsException"), error("Whatever"), EndpointConnectionError(endpoint_url="x")]
)
def test_anything_else_is_tried_again_later(problem):
    with pytest.raises(IdentitiesBusy):
        identities(get_email_identity=problem).get("example.com")


def test_a_key_for_an_identity_that_exists_replaces_its_key():
    subject = identities(create_email_identity=error("AlreadyExistsException"))
    subject.import_key("example.com", selector="s", private_key="k")
    assert subject._ses.calls == ["create_email_identity", "put_email_identity_dkim_signing_attributes"]


@pytest.mark.parametrize(("tags", "is_deleted"), [("postrider-test", True), ("postrider-prod", False), (None, False)])
def test_only_identities_of_this_deployment_are_deleted(tags, is_deleted):
    """An operator verifies the domain of system mails by hand; a customer's key must not end with that domain gone."""
    answer = {"Tags": [{"Key": "postrider:deployment", "Value": tags}] if tags else []}
    subject = identities(get_email_identity=answer)
    subject.remove("example.com")
    assert ("delete_email_identity" in subject._ses.calls) is is_deleted
