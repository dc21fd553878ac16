"""Check the stacks with cdk-nag's AwsSolutions rules, and acknowledge findings with a reason.

Wildcards in roles are acknowledged one by one: a new one is a new finding.
"""

from aws_cdk import Acknowledgment, App, Stack, Token, Validations
from cdk_nag import AwsSolutionsChecks

from infra.functions import FUNCTIONS
from infra.stages import stage_from
from postrider.kit.settings import Names

DATA = {
    "S1": "Every access to the bucket is made by our functions or by a URL they signed; both are in their logs.",
    "SMG4": "Links in mails that were sent, and hashes of suppressed addresses, are made with this secret for ever.",
}
SERVICE = {
    "APIG4": "Functions check the token themselves (postrider/http/main/dialect.py); a test says which routes are public.",
    "L1": "The code runs on Python 3.11 to 3.13, and the stage takes the newest of them.",
    "SF1": "An execution sleeps and calls one function, which logs each turn; a log of its steps would only repeat that.",
    "SF2": "Traces begin in the function that an execution calls, if the stage traces.",
}
PREFIXES = "A function may touch objects below the prefixes in its row; their keys are made at run time."
IDENTITIES = "Accounts add senders at run time; the service sends only from those that are theirs and confirmed."
PUSH_SERVICES = "The stage names the platform applications of push services, and SNS makes an endpoint for each device."
SCHEDULES = "One-off schedules have names made at run time, in a group that holds nothing else."
EXECUTIONS = "Executions of the one state machine have names made at run time."
SENDING_LIMITS = "ses:GetAccount and ses:ListEmailIdentities know no resources."


SECRET = "AWS adds six characters to the name of a secret."


def check(app: App, stacks: list[Stack]) -> None:
    """Check the stacks. Findings fail the synthesis and are listed in validation-report.json."""
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    data, *others = stacks
    for rule, reason in DATA.items():
        _acknowledge(data, rule, reason)
    for stack in others:
        for rule, reason in _reasons_for_functions(stack).items():
            _acknowledge(stack, rule, reason)


def _reasons_for_functions(stack: Stack) -> dict[str, str]:
    stage = stage_from(stack.node.try_get_context)
    names = Names(stage.deployment, _rendered(stack.account, "AccountId"), _rendered(stack.region, "Region"))
    prefixes = sorted({prefix for row in FUNCTIONS for prefix in (*row.gets, *row.puts)})
    wildcards = {
        **{f"arn:aws:s3:::{names.bucket}/{prefix}*": PREFIXES for prefix in prefixes},
        names.arn("ses", "identity/*"): IDENTITIES,
        names.arn("sns", "app/*"): PUSH_SERVICES,
        names.arn("sns", "endpoint/*"): PUSH_SERVICES,
        names.arn("scheduler", f"schedule/{names.schedule_group}/*"): SCHEDULES,
        names.clock_execution_arn("*"): EXECUTIONS,
        names.arn("secretsmanager", f"secret:{names.secret}-??????"): SECRET,
        "*": SENDING_LIMITS,
    }
    return SERVICE | {f"IAM5[Resource::{arn}]": reason for arn, reason in wildcards.items()}


def _acknowledge(stack: Stack, rule: str, reason: str) -> None:
    Validations.of(stack).acknowledge(Acknowledgment(id=f"AwsSolutions::AwsSolutions-{rule}", reason=reason))


def _rendered(value: str, name: str) -> str:
    """Return a value as the rules write it when it is known only after the deployment."""
    return f"<AWS::{name}>" if Token.is_unresolved(value) else value
