"""No role may do more than its row says; every wildcard is on a list that people have read."""

import json
import re

import pytest

from infra.functions import FUNCTIONS, QUEUES
from infra.models import MODELS

REVIEWED = {
    # the account's own sending identities: senders are added at run time
    "ses:SendEmail": r"arn:aws:ses:::(identity/\*|configuration-set/postrider-prod)",
    "ses:SendRawEmail": r"arn:aws:ses:::(identity/\*|configuration-set/postrider-prod)",
    # domains of customers, known at run time; the adapter deletes those with the deployment's tag only
    "ses:CreateEmailIdentity": r"arn:aws:ses:::identity/\*",
    "ses:DeleteEmailIdentity": r"arn:aws:ses:::identity/\*",
    "ses:GetEmailIdentity": r"arn:aws:ses:::identity/\*",
    "ses:PutEmailIdentityDkimSigningAttributes": r"arn:aws:ses:::identity/\*",
    "ses:PutEmailIdentityMailFromAttributes": r"arn:aws:ses:::identity/\*",
    "ses:TagResource": r"arn:aws:ses:::identity/\*",
    # the stage names the applications, and SNS makes an endpoint for each device
    "sns:CreatePlatformEndpoint": r"arn:aws:sns:::(app|endpoint)/\*",
    "sns:Publish": r"arn:aws:sns:::(app|endpoint)/\*",
    # they know no resources
    "ses:GetAccount": r"\*",
    "ses:ListEmailIdentities": r"\*",
    # names are made at run time, in a group of our own
    "scheduler:CreateSchedule": r"arn:aws:scheduler:::schedule/postrider-prod/\*",
    "scheduler:DeleteSchedule": r"arn:aws:scheduler:::schedule/postrider-prod/\*",
    "scheduler:UpdateSchedule": r"arn:aws:scheduler:::schedule/postrider-prod/\*",
    # executions have names made at run time
    "states:StopExecution": r"arn:aws:states:::execution:postrider-prod-clock:\*",
    # AWS adds six characters to the name of a secret
    "secretsmanager:GetSecretValue": r"arn:aws:secretsmanager:::secret:postrider-prod-root-\?{6}",
    # streams of the function's own log group
    "logs:CreateLogStream": r"<\w+Log\w+>",
    "logs:PutLogEvents": r"<\w+Log\w+>",
    # keys below a prefix of a row
    "s3:AbortMultipartUpload": r"arn:aws:s3:::postrider-prod--/[a-z-]+/\*",
    "s3:GetObject": r"arn:aws:s3:::postrider-prod--/[a-z-]+/\*",
    "s3:PutObject": r"arn:aws:s3:::postrider-prod--/[a-z-]+/\*",
    "s3:DeleteObject": r"arn:aws:s3:::postrider-prod--/[a-z-]+/\*",
}


TABLE = re.compile(r"arn:aws:dynamodb:::table/postrider-prod-([a-z]+)")


def listed(value):
    return value if isinstance(value, list) else [value]


def text_of(arn):
    """An ARN with the logical ids of what it refers to: "<Storage07F31EBC>/imports/*"."""
    if isinstance(arn, str):
        return arn
    if "Ref" in arn:
        return "" if arn["Ref"].startswith("AWS::") else f"<{arn['Ref']}>"
    if "Fn::GetAtt" in arn:
        return f"<{arn['Fn::GetAtt'][0]}>"
    if "Fn::ImportValue" in arn:
        return f"<{re.sub(r'.*:ExportsOutput(Ref|FnGetAtt)', '', arn['Fn::ImportValue'])}>"
    return "".join(text_of(part) for part in arn["Fn::Join"][1])


@pytest.fixture(scope="module")
def allowed(prod):
    """(action, ARN as text) pairs by role."""
    actions_by_role = {}
    for id, role in prod.service.of_type("AWS::IAM::Role").items():
        pairs = set()
        for policy in role["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                assert statement["Effect"] == "Allow"
                assert "NotAction" not in statement
                assert "NotResource" not in statement
                pairs |= {
                    (action, text_of(arn))
                    for action in listed(statement["Action"])
                    for arn in listed(statement["Resource"])
                }
        actions_by_role[id] = pairs
    return actions_by_role


@pytest.fixture(scope="module")
def by_row(prod, allowed):
    functions = prod.service.of_type("AWS::Lambda::Function").values()
    return {
        function["FunctionName"].removeprefix("postrider-prod-"): allowed[function["Role"]["Fn::GetAtt"][0]]
        for function in functions
    }


def test_no_action_is_a_wildcard(allowed):
    actions = {action for pairs in allowed.values() for action, _ in pairs}
    assert not {action for action in actions if "*" in action}


def test_every_wildcard_in_a_resource_has_been_reviewed(allowed):
    for pairs in allowed.values():
        for action, arn in pairs:
            if "*" in arn or "?" in arn or action in REVIEWED:
                assert re.fullmatch(REVIEWED.get(action, "nothing"), arn), (action, arn)


def test_roles_have_no_policies_beside(prod):
    assert not prod.service.of_type("AWS::IAM::Policy")
    assert not any("ManagedPolicyArns" in role for role in prod.service.of_type("AWS::IAM::Role").values())


@pytest.mark.parametrize("row", FUNCTIONS, ids=lambda row: row.name)
def test_a_role_allows_exactly_the_resources_of_its_row(by_row, row):
    pairs = by_row[row.name]
    tables = {TABLE.match(arn).group(1) for action, arn in pairs if action.startswith("dynamodb:")}
    assert tables == {*row.reads, *row.writes}
    written = {TABLE.match(arn).group(1) for action, arn in pairs if action == "dynamodb:PutItem"}
    assert written == set(row.writes)
    sent = {arn for action, arn in pairs if action == "sqs:SendMessage"}
    assert sent == {f"arn:aws:sqs:::postrider-prod-{name}" for name in row.sends_to}
    keys = {(action, arn) for action, arn in pairs if action.startswith("s3:") and action != "s3:ListBucket"}
    assert {arn.partition("/")[2].removesuffix("*") for _, arn in keys} == {*row.gets, *row.puts}


def test_roles_that_read_objects_may_list_the_bucket(by_row):
    """S3 answers 403 instead of 404 to who may not list the bucket."""
    for row in FUNCTIONS:
        buckets = {arn for action, arn in by_row[row.name] if action == "s3:ListBucket"}
        assert [arn == "arn:aws:s3:::postrider-prod--" for arn in buckets] == [True] * bool(row.gets), row.name


def test_writers_of_objects_may_abort_a_multipart_upload(by_row):
    for row in FUNCTIONS:
        puts = {arn for action, arn in by_row[row.name] if action == "s3:PutObject"}
        assert puts == {arn for action, arn in by_row[row.name] if action == "s3:AbortMultipartUpload"}, row.name


def test_only_indexes_by_name_are_read(allowed):
    indexes = {arn.partition("/index/")[2] for pairs in allowed.values() for _, arn in pairs if "/index/" in arn}
    assert indexes
    assert not {index for index in indexes if "*" in index}


def test_no_table_is_scanned_and_none_is_administered(allowed):
    actions = {action for pairs in allowed.values() for action, _ in pairs if action.startswith("dynamodb:")}
    assert actions <= {
        f"dynamodb:{name}"
        for name in (
            *("BatchGetItem", "ConditionCheckItem", "GetItem", "Query"),
            *("BatchWriteItem", "DeleteItem", "PutItem", "UpdateItem"),
            *("PartiQLDelete", "PartiQLInsert", "PartiQLUpdate"),
        )
    }


def test_one_off_schedules_may_only_order_starts_and_mails(prod, allowed):
    (role,) = [id for id in allowed if id.startswith("SchedulerRole")]
    assert {action for action, _ in allowed[role]} == {"sqs:SendMessage"}
    assert {arn for _, arn in allowed[role]} == {
        f"arn:aws:sqs:::postrider-prod-{worker}" for worker in ("plan-runs", "send-transactional")
    }
    passers = {id for id, pairs in allowed.items() if any(action == "iam:PassRole" for action, _ in pairs)}
    name = text_of(prod.service.of_type("AWS::IAM::Role")[role]["RoleName"])
    assert all(
        arn == f"arn:aws:iam:::role/{name}" for id in passers for action, arn in allowed[id] if action == "iam:PassRole"
    )


def test_roles_are_assumed_by_services_only(prod):
    for role in prod.service.of_type("AWS::IAM::Role").values():
        for statement in role["AssumeRolePolicyDocument"]["Statement"]:
            assert set(statement["Principal"]) == {"Service"}


def test_strangers_are_only_ever_refused(prod):
    """A policy of a queue, topic or bucket names everybody in order to deny, never to allow."""
    for template in prod.templates:
        for resource in template.body["Resources"].values():
            document = resource.get("Properties", {}).get("PolicyDocument", {})
            for statement in document.get("Statement", []) if resource["Type"] != "AWS::IAM::Role" else []:
                if json.dumps(statement.get("Principal")) in ('"*"', '{"AWS": "*"}'):
                    assert statement["Effect"] == "Deny"


def test_everything_that_is_there_is_used(by_row):
    tables = {t for row in FUNCTIONS for t in (*row.reads, *row.writes)}
    assert tables == set(MODELS)
    assert {row.name for row in FUNCTIONS if row.consumes} == set(QUEUES)
