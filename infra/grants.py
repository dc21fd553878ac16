"""Derive the policy of a function's role from its row: named actions on the resources of the row."""

from collections.abc import Iterable, Iterator

from aws_cdk import aws_iam as iam

from infra.models import index_names
from infra.rows import Function, Grants, Permission
from postrider.kit.settings import Names

READ = ("dynamodb:BatchGetItem", "dynamodb:ConditionCheckItem", "dynamodb:GetItem", "dynamodb:Query")
WRITE = ("dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem")
STATEMENTS = ("dynamodb:PartiQLDelete", "dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate")
CONSUME = ("sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage")
SEND = ("sqs:SendMessage",)  # SendMessageBatch is the same permission
GET = ("s3:GetObject",)
LIST = ("s3:ListBucket",)  # without it, S3 answers 403 for a missing object
PUT = ("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject")
MAIL = ("ses:SendEmail", "ses:SendRawEmail")
IDENTITIES = (
    "ses:CreateEmailIdentity",
    "ses:DeleteEmailIdentity",
    "ses:GetEmailIdentity",
    "ses:PutEmailIdentityDkimSigningAttributes",
    "ses:PutEmailIdentityMailFromAttributes",
    "ses:TagResource",  # an identity is made with a tag
)
PUSHES = ("sns:CreatePlatformEndpoint", "sns:Publish")
ALARM = ("scheduler:CreateSchedule", "scheduler:DeleteSchedule", "scheduler:UpdateSchedule")


def statements(row: Grants, names: Names, signing_key: str) -> list[iam.PolicyStatement]:
    granted = [allow(actions, arns) for actions, arns in _grants(row, names, signing_key) if arns]
    if Permission.SET_ALARMS in row.can:
        granted.append(allow(["iam:PassRole"], [names.scheduler_role_arn], only_to="scheduler.amazonaws.com"))
    return granted


def allow(actions: Iterable[str], arns: Iterable[str], *, only_to: str | None = None) -> iam.PolicyStatement:
    """Return a statement that allows the actions. `only_to` is the service that a role can be passed to."""
    conditions = {"StringEquals": {"iam:PassedToService": only_to}} if only_to else None
    return iam.PolicyStatement(actions=list(actions), resources=list(arns), conditions=conditions)


def _grants(row: Grants, names: Names, signing_key: str) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    bucket = f"arn:aws:s3:::{names.bucket}"
    # each table is named once: a policy has 10,240 characters at most
    yield READ, _tables({*row.reads} - {*row.writes}, names)
    yield (*READ, *WRITE), _tables(row.writes, names)
    yield ("dynamodb:Query",), _indexes({*row.reads, *row.writes}, names)
    yield STATEMENTS, _tables(row.inserts, names)
    yield SEND, [names.queue_arn(name) for name in sorted(row.sends_to)]
    if isinstance(row, Function) and row.consumes:
        yield CONSUME, [names.queue_arn(row.name)]
    yield GET, [f"{bucket}/{prefix}*" for prefix in sorted(row.gets)]
    yield LIST, [bucket] if row.gets else []
    yield PUT, [f"{bucket}/{prefix}*" for prefix in sorted(row.puts)]
    yield from _other(row, names, signing_key)


def _other(row: Grants, names: Names, signing_key: str) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    if Permission.VERIFY_TOKENS in row.can:
        yield ("kms:GetPublicKey",), [signing_key]
    if Permission.SIGN_TOKENS in row.can:
        yield ("kms:Sign",), [signing_key]
    if Permission.DERIVE_KEYS in row.can:
        # AWS adds six characters to the name: https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html
        yield ("secretsmanager:GetSecretValue",), [names.arn("secretsmanager", f"secret:{names.secret}-??????")]
    if Permission.SEND_MAIL in row.can:
        configuration_set = names.arn("ses", f"configuration-set/{names.configuration_set}")
        yield MAIL, [names.arn("ses", "identity/*"), configuration_set]
    if Permission.PUSH in row.can:
        # https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonsns.html
        yield PUSHES, [names.arn("sns", "app/*"), names.arn("sns", "endpoint/*")]
    if Permission.READ_SENDING_LIMITS in row.can:
        yield ("ses:GetAccount", "ses:ListEmailIdentities"), ["*"]  # they know no resources
    if Permission.MANAGE_IDENTITIES in row.can:
        yield IDENTITIES, [names.arn("ses", "identity/*")]
    if Permission.SET_ALARMS in row.can:
        yield ALARM, [names.arn("scheduler", f"schedule/{names.schedule_group}/*")]
    if Permission.RUN_CLOCKS in row.can:
        yield ("states:StartExecution",), [names.clock_machine_arn]
        yield ("states:StopExecution",), [names.clock_execution_arn("*")]


def _tables(tables: Iterable[str], names: Names) -> list[str]:
    return [names.arn("dynamodb", f"table/{names.table(table)}") for table in sorted(tables)]


def _indexes(tables: Iterable[str], names: Names) -> list[str]:
    return [
        names.arn("dynamodb", f"table/{names.table(table)}/index/{index}")
        for table in sorted(tables)
        for index in index_names(table)
    ]
