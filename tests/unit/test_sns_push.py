"""Requests to SNS for a push message, and the handling of its errors."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from postrider.adapters import sns_push
from postrider.adapters.sns_push import SnsPusher
from postrider.ports.pusher import PusherBusy, PusherRefused, PushServiceMissing

APPLICATIONS = {
    "ios": "arn:aws:sns:eu-central-1:111122223333:app/APNS_SANDBOX/Shop",
    "android": "arn:aws:sns:eu-central-1:111122223333:app/GCM/Shop",
}


class Sns:
    def __init__(self, error: Exception | None = None) -> None:
        self.error, self.calls = error, []  # type: ignore[var-annotated]

    def create_platform_endpoint(self, **request: Any) -> dict[str, str]:
        self.calls.append(request)
        return {"EndpointArn": "endpoint"}

    def publish(self, **request: Any) -> None:
        if self.error is not None:
            raise self.error
        self.calls.append(request)


def push(monkeypatch: pytest.MonkeyPatch, sns: Sns, device_platform: str) -> None:
    monkeypatch.setattr(sns_push, "client", lambda service: sns)
    SnsPusher(APPLICATIONS).push(device_platform, "token", {"a": 1})


@pytest.mark.parametrize(("device_platform", "kind"), [("ios", "APNS_SANDBOX"), ("Android", "GCM")])
def test_the_message_goes_to_the_endpoint_of_the_token(
    monkeypatch: pytest.MonkeyPatch, device_platform: str, kind: str
) -> None:
    sns = Sns()
    push(monkeypatch, sns, device_platform)
    endpoint, message = sns.calls
    assert endpoint == {"PlatformApplicationArn": APPLICATIONS[device_platform.lower()], "Token": "token"}
    assert (message["TargetArn"], message["MessageStructure"]) == ("endpoint", "json")
    assert json.loads(json.loads(message["Message"])[kind]) == {"a": 1}


def answer(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "why"}}, "Publish")


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (answer("EndpointDisabledException"), PusherRefused),
        (answer("InvalidParameter"), PusherRefused),
        (answer("ThrottledException"), PusherBusy),
        (EndpointConnectionError(endpoint_url="https://sns"), PusherBusy),
    ],
)
def test_errors_say_whether_another_attempt_helps(
    monkeypatch: pytest.MonkeyPatch, error: Exception, kind: type[Exception]
) -> None:
    with pytest.raises(kind):
        push(monkeypatch, Sns(error), "ios")


def test_a_platform_without_an_application_has_no_service() -> None:
    with pytest.raises(PushServiceMissing, match="no push service is configured"):
        SnsPusher({}).push("ios", "token", {})
