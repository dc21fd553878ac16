"""Push messages with the platform applications of SNS, which use the push services of Apple and Google."""

import json
from collections.abc import Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from postrider.aws.clients import client
from postrider.ports.pusher import PusherBusy, PusherError, PusherRefused, PushServiceMissing

_REFUSED = frozenset(
    {"EndpointDisabledException", "EndpointDisabled", "InvalidParameterException", "InvalidParameter", "NotFound"}
    | {"NotFoundException", "PlatformApplicationDisabledException", "PlatformApplicationDisabled"}
)
"""https://docs.aws.amazon.com/sns/latest/api/API_Publish.html#API_Publish_Errors"""
_IOS_SANDBOX, _IOS = "APNS_SANDBOX", "APNS"
_ANDROID = "GCM"
"""Names of platforms in the ARN of an application, and of messages:
https://docs.aws.amazon.com/sns/latest/dg/sns-send-custom-platform-specific-payloads-mobile-devices.html"""


class SnsPusher:
    def __init__(self, applications: Mapping[str, str]) -> None:
        """Initialize the pusher with platform applications (ARNs by platform of devices, "ios" or "android")."""
        self._applications = applications

    def push(self, platform: str, token: str, payload: Mapping[str, Any]) -> None:
        application = self._applications.get(platform.lower())
        if application is None:
            raise PushServiceMissing("no push service is configured")
        message = json.dumps({"default": "", _kind_of(application): json.dumps(payload)})
        try:
            # The endpoint of a token is created once; a repeated call returns the same endpoint.
            # https://docs.aws.amazon.com/sns/latest/api/API_CreatePlatformEndpoint.html
            endpoint = client("sns").create_platform_endpoint(PlatformApplicationArn=application, Token=token)
            client("sns").publish(TargetArn=endpoint["EndpointArn"], MessageStructure="json", Message=message)
        except ClientError as exc:
            raise _error_of(exc) from exc
        except BotoCoreError as exc:
            raise PusherBusy(f"no answer of the push service ({type(exc).__name__})") from exc


def _kind_of(application: str) -> str:
    """Return the name of messages for an application: `arn:aws:sns:<region>:<account>:app/<platform>/<name>`."""
    platform = application.rpartition(":")[2].split("/")[1]
    return platform if platform in (_IOS, _IOS_SANDBOX) else _ANDROID


def _error_of(exc: ClientError) -> PusherError:
    error = exc.response["Error"]
    reason = f"the push service refused the message: {error.get('Message') or error['Code']}"[:300]
    return PusherRefused(reason) if error["Code"] in _REFUSED else PusherBusy(reason)
