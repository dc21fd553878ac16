"""Derive the policy of a function's role from its row: named actions on the resources of the row."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_sqs as sqs

from infra.functions import Can, Function
from infra.models import index_names

READ = ("dynamodb:BatchGetItem", "dynamodb:ConditionCheckItem", "dynamodb:GetItem", "dynamodb:Query")
WRITE = ("dynamodb:BatchWriteItem", "dynamodb:DeleteItem", "dynamodb:PutItem", "dynamodb:UpdateItem")
STATEMENTS = ("dynamodb:PartiQLDelete", "dynamodb:PartiQLInsert", "dynamodb:PartiQLUpdate")
CONSUME = ("sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage")
SEND = ("sqs:SendMessage",)  # SendMessageBatch is the same permission
GET = ("s3:GetObject",)
LIST = ("s3:ListBucket",)  # without it a missing object is answered as a forbidden one
PUT = ("s3:AbortMultipartUpload", "s3:DeleteObject", "s3:PutObject")
MAIL = ("ses:SendEmail", "ses:SendRawEmail")
ALARM = ("scheduler:CreateSchedule", "scheduler:DeleteSchedule", "scheduler:UpdateSchedule")


@dataclass(frozen=True, kw_only=True)
class Resources:
    """ARNs to grant on."""

    tables: dict[str, dynamodb.CfnTable]
    queues: dict[str, sqs.Queue]
    bucket: str
    signing_key: str
    secret: str
    identities: str
    configuration_set: str
    schedules: str
    scheduler_role: str


def statements(function: Function, on: Resources) -> list[iam.PolicyStatement]:
    policy = [allow(actions, arns) for actions, arns in _grants(function, on) if arns]
    if Can.SET_ALARMS in function.can:
        policy.append(allow(["iam:PassRole"], [on.scheduler_role], only_to="scheduler.amazonaws.com"))
    return policy


def allow(actions: Iterable[str], arns: Iterable[str], *, only_to: str | None = None) -> iam.PolicyStatement:
    """Return a statement that allows the actions. `only_to` is the service that a role can be passed to."""
    conditions = {"StringEquals": {"iam:PassedToService": only_to}} if only_to else None
    return iam.PolicyStatement(actions=list(actions), resources=list(arns), conditions=conditions)


def _grants(function: Function, on: Resources) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    yield READ, _tables({*function.reads, *function.writes}, on, indexes=True)
    yield WRITE, _tables(function.writes, on)
    yield STATEMENTS, _tables(function.inserts, on)
    yield SEND, [on.queues[name].queue_arn for name in sorted(function.sends_to)]
    if function.consumes:
        yield CONSUME, [on.queues[function.name].queue_arn]
    yield GET, [f"{on.bucket}/{prefix}*" for prefix in sorted(function.gets)]
    yield LIST, [on.bucket] if function.gets else []
    yield PUT, [f"{on.bucket}/{prefix}*" for prefix in sorted(function.puts)]
    yield from _other(function, on)


def _other(function: Function, on: Resources) -> Iterator[tuple[tuple[str, ...], list[str]]]:
    if Can.VERIFY_TOKENS in function.can:
        yield ("kms:GetPublicKey",), [on.signing_key]
    if Can.SIGN_TOKENS in function.can:
        yield ("kms:Sign",), [on.signing_key]
    if Can.DERIVE_KEYS in function.can:
        yield ("secretsmanager:GetSecretValue",), [on.secret]
    if Can.SEND_MAIL in function.can:
        yield MAIL, [on.identities, on.configuration_set]
    if Can.READ_SENDING_LIMITS in function.can:
        yield ("ses:GetAccount",), ["*"]  # it knows no resources
    if Can.SET_ALARMS in function.can:
        yield ALARM, [on.schedules]


def _tables(names: Iterable[str], on: Resources, *, indexes: bool = False) -> list[str]:
    arns = []
    for name in sorted(names):
        arn = on.tables[name].attr_arn
        arns += [arn, *(f"{arn}/index/{index}" for index in index_names(name) if indexes)]
    return arns
