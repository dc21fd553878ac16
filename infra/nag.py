"""cdk-nag's AwsSolutions rules, and why a finding is as it should be.

Wildcards in roles are acknowledged one by one: a new one is a new finding.
"""

from aws_cdk import Acknowledgment, App, Token, Validations
from cdk_nag import AwsSolutionsChecks

from infra.functions import FUNCTIONS
from infra.service import Service
from infra.stateful import Data

DATA = {
    "S1": "Every access to the bucket is made by our functions or by a URL they signed; both are in their logs.",
    "SMG4": "Links in mails that were sent, and hashes of suppressed addresses, are made with this secret for ever.",
}
SERVICE = {
    "APIG4": "Functions check the token themselves (postrider/http/main/dialect.py); a test says which routes are public.",
    "L1": "The code runs on Python 3.11 to 3.13, and the stage takes the newest of them.",
}
PREFIXES = "A function may touch objects below the prefixes in its row; their keys are made at run time."
IDENTITIES = "Accounts add senders at run time; the service sends only from those that are theirs and confirmed."
SCHEDULES = "One-off schedules have names made at run time, in a group that holds nothing else."
SENDING_LIMITS = "ses:GetAccount knows no resources."


def check(app: App, data: Data, service: Service) -> None:
    """Findings fail the synthesis and are listed in validation-report.json."""
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    for rule, reason in DATA.items():
        _acknowledge(data, rule, reason)
    for rule, reason in SERVICE.items():
        _acknowledge(service, rule, reason)
    for prefix in sorted({prefix for row in FUNCTIONS for prefix in (*row.gets, *row.puts)}):
        _acknowledge(service, f"IAM5[Resource::{data.bucket_export}/{prefix}*]", PREFIXES)
    here = f"{_said(service.region, 'Region')}:{_said(service.account, 'AccountId')}"
    _acknowledge(service, f"IAM5[Resource::arn:<AWS::Partition>:ses:{here}:identity/*]", IDENTITIES)
    _acknowledge(service, f"IAM5[Resource::arn:<AWS::Partition>:scheduler:{here}:schedule/<Schedules>/*]", SCHEDULES)
    _acknowledge(service, "IAM5[Resource::*]", SENDING_LIMITS)


def _acknowledge(stack: Data | Service, rule: str, reason: str) -> None:
    Validations.of(stack).acknowledge(Acknowledgment(id=f"AwsSolutions::AwsSolutions-{rule}", reason=reason))


def _said(value: str, name: str) -> str:
    """Return a value as the rules write it when it is known only after the deployment."""
    return f"<AWS::{name}>" if Token.is_unresolved(value) else value
