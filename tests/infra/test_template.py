"""The synthesised templates: everything a row promises is there, within the quotas of AWS."""

import json
from dataclasses import replace

import pytest

from infra import bill, limits
from infra.concurrency import batch_of
from infra.functions import FUNCTIONS, QUEUES
from infra.gateway import gateway_routes
from infra.models import MODELS
from infra.stages import STAGES, stage_from
from postrider.delivery.rules import CHUNKS_TOGETHER
from postrider.kit.observability import NAMESPACE, AlarmMetric
from postrider.kit.settings import Names
from tests.infra.conftest import CORS_ORIGIN

TWO_WEEKS_S = 14 * 24 * 3600


@pytest.fixture(scope="module")
def functions(prod):
    """Properties by name of the row."""
    functions = prod.service.of_type("AWS::Lambda::Function")
    return {
        properties["FunctionName"].removeprefix("postrider-prod-"): (id, properties)
        for id, properties in functions.items()
    }


def id_of(value):
    """The logical id behind a Ref or GetAtt."""
    return value["Ref"] if "Ref" in value else value["Fn::GetAtt"][0]


def test_every_row_is_a_function(functions):
    assert set(functions) == {row.name for row in FUNCTIONS}


@pytest.mark.parametrize("row", FUNCTIONS, ids=lambda row: row.name)
def test_a_function_is_as_its_row_says(prod, functions, row):
    _, function = functions[row.name]
    assert function["Handler"] == f"{row.module}.lambda_handler"
    assert (function["Timeout"], function["MemorySize"]) == (row.timeout_s, row.memory_mb)
    assert function["Architectures"] == ["arm64"]
    assert function["Runtime"] == "python3.13"
    assert len(function["Layers"]) == 2
    log = prod.service.of_type("AWS::Logs::LogGroup")[id_of(function["LoggingConfig"]["LogGroup"])]
    assert log["LogGroupName"] == f"/aws/lambda/{function['FunctionName']}"
    assert log["RetentionInDays"] == 90


def test_functions_have_a_role_each(functions):
    roles = [id_of(function["Role"]) for _, function in functions.values()]
    assert len(set(roles)) == len(roles)


def test_every_route_has_an_integration_with_its_function_that_the_api_may_call(prod, functions):
    integrations = prod.service.of_type("AWS::ApiGatewayV2::Integration")
    targets = {
        route["RouteKey"]: id_of(integrations[route["Target"]["Fn::Join"][1][1]["Ref"]]["IntegrationUri"])
        for route in prod.service.of_type("AWS::ApiGatewayV2::Route").values()
    }
    assert targets.pop("$default") == functions["api-reference"][0]
    keys = {key: functions[row.name][0] for row in FUNCTIONS if row.dialect for key in gateway_routes(row)}
    assert targets == {key: function for key, function in keys.items() if key != "$default"}
    (api,) = prod.core.of_type("AWS::ApiGatewayV2::Api")
    (exported_api,) = (
        output["Export"]["Name"]
        for output in prod.core.body["Outputs"].values()
        if output["Value"] == {"Ref": api} and "Export" in output
    )
    permissions = [
        permission
        for permission in prod.service.of_type("AWS::Lambda::Permission").values()
        if permission["Principal"] == "apigateway.amazonaws.com"
    ]
    assert {id_of(permission["FunctionName"]) for permission in permissions} == set(targets.values())
    for permission in permissions:  # stage, then method and path: any of this one API
        assert permission["SourceArn"]["Fn::Join"][1][-2:] == [{"Fn::ImportValue": exported_api}, "/*/*"]


def test_every_queue_has_a_consumer_a_dead_letter_queue_and_an_alarm(prod, functions):
    from infra.constructs.worker_queue import TIMEOUTS_HIDDEN  # with the CDK, which takes seconds

    queues = prod.service.of_type("AWS::SQS::Queue")
    sources = prod.service.of_type("AWS::Lambda::EventSourceMapping").values()
    by_function = {id_of(source["FunctionName"]): source for source in sources}
    watched = {
        id_of(alarm["Dimensions"][0]["Value"])
        for alarm in prod.service.of_type("AWS::CloudWatch::Alarm").values()
        if alarm["Namespace"] == "AWS/SQS" and alarm["AlarmActions"]
    }
    seen = set()
    for name, row in QUEUES.items():
        source = by_function[functions[name][0]]
        queue_id = id_of(source["EventSourceArn"])
        queue = queues[queue_id]
        dead_id = id_of(queue["RedrivePolicy"]["deadLetterTargetArn"])
        assert queue["VisibilityTimeout"] >= TIMEOUTS_HIDDEN * row.timeout_s
        assert queue["MessageRetentionPeriod"] == queues[dead_id]["MessageRetentionPeriod"] == TWO_WEEKS_S
        assert dead_id in watched
        assert source["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert source["ScalingConfig"]["MaximumConcurrency"] >= 2
        assert "ReservedConcurrentExecutions" not in functions[name][1], "throttled receives burn the receive count"
        seen |= {queue_id, dead_id}
    assert seen == set(queues)


def test_every_failure_has_an_alarm(prod, functions):
    """Groups of routes by the API's 5xx, workers by their dead letters (above), schedules and troubles by their own."""
    alarms = list(prod.service.of_type("AWS::CloudWatch::Alarm").values())
    watched = {id_of(alarm["Dimensions"][0]["Value"]) for alarm in alarms if alarm["MetricName"] == "Errors"}
    assert watched == {functions[row.name][0] for row in FUNCTIONS if row.every_minutes}
    assert [alarm for alarm in alarms if alarm["MetricName"] == "5xx"]
    troubles = {alarm["MetricName"] for alarm in alarms if alarm["Namespace"] == NAMESPACE}
    assert troubles == set(AlarmMetric)
    stage = {"Name": "service", "Value": "prod"}
    assert all(alarm["Dimensions"] == [stage] for alarm in alarms if alarm["Namespace"] == NAMESPACE)
    assert all(function["Environment"]["Variables"]["STAGE"] == "prod" for _, function in functions.values())


def test_alarms_cost_little(prod):
    """$0.10 a month each, after ten: https://aws.amazon.com/cloudwatch/pricing/"""
    assert len(prod.service.of_type("AWS::CloudWatch::Alarm")) < 30


def test_alarms_may_publish_to_their_topic(prod):
    """A policy of a topic takes the place of the one that every topic has, which lets its account publish."""
    (topic,) = {alarm["AlarmActions"][0]["Ref"] for alarm in prod.service.of_type("AWS::CloudWatch::Alarm").values()}
    (policy,) = [p for p in prod.service.of_type("AWS::SNS::TopicPolicy").values() if p["Topics"] == [{"Ref": topic}]]
    (allowed,) = [s for s in policy["PolicyDocument"]["Statement"] if s["Effect"] == "Allow"]
    assert allowed["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert (allowed["Action"], allowed["Resource"]) == ("sns:Publish", {"Ref": topic})
    assert allowed["Condition"]["StringEquals"] == {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    assert allowed["Condition"]["ArnLike"]["aws:SourceArn"]["Fn::Join"][1][-1] == ":alarm:*"


def test_a_line_of_the_access_log_is_json(prod):
    """https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html: some have quotes."""
    (stage,) = prod.service.of_type("AWS::ApiGatewayV2::Stage").values()
    variables = json.loads(stage["AccessLogSettings"]["Format"]).values()
    assert "$context.requestId" in variables
    assert "$context.error.messageString" not in variables


def test_mails_link_to_a_domain_that_is_set_later():
    """The CDK keeps the first value of a parameter at every later deployment, whatever its new default."""
    from aws_cdk import App, Stack

    from infra.constructs.function_stack import public_base_url

    with_domain, without = Stack(App(), "With"), Stack(App(), "Without")
    stage = replace(STAGES["prod"], domain="mail.example.com")
    assert public_base_url(with_domain, stage, "https://own") == "https://mail.example.com"
    url = public_base_url(without, STAGES["prod"], "https://own")
    assert without.resolve(url) == {"Fn::If": ["NoPublicBaseUrl", "https://own", {"Ref": "PublicBaseUrl"}]}


def test_a_worker_that_orders_its_own_work_is_not_taken_for_a_loop(functions):
    assert functions["send-chunks"][1]["RecursiveLoop"] == "Allow"
    assert "RecursiveLoop" not in functions["api-audience"][1]


def test_quotas_are_kept(prod):
    for use in limits.limit_uses([template.path for template in prod.templates]):
        assert use.share < limits.TOLERATED, use
    forecast = limits.forecast([template.path for template in prod.templates])
    assert max(use.share for use in forecast) < limits.FORECAST_TOLERATED, forecast


def test_tables_are_those_of_the_models_and_survive(prod):
    tables = {id: r for id, r in prod.data.body["Resources"].items() if r["Type"] == "AWS::DynamoDB::Table"}
    assert {id.lower() for id in tables} == set(MODELS)
    for table in tables.values():
        properties = table["Properties"]
        assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert properties["BillingMode"] == "PAY_PER_REQUEST"
        assert properties["DeletionProtectionEnabled"] is True
        assert table["DeletionPolicy"] == table["UpdateReplacePolicy"] == "Retain"
        assert [key["KeyType"] for key in properties["KeySchema"]] == ["HASH", "RANGE"]


def test_stacks_know_each_other_by_name_but_for_the_key_and_the_api(prod):
    """An export that somebody uses can neither change nor go; these two never change."""
    (key,) = prod.data.of_type("AWS::KMS::Key")
    (api,) = prod.core.of_type("AWS::ApiGatewayV2::Api")
    exported = [
        output["Value"]
        for template in prod.templates
        for output in template.body.get("Outputs", {}).values()
        if "Export" in output
    ]
    assert exported == [{"Fn::GetAtt": [key, "Arn"]}, {"Ref": api}]


def test_every_name_begins_with_the_deployment(prod):
    """So that functions derive them."""
    assert {t["TableName"] for t in prod.data.of_type("AWS::DynamoDB::Table").values()} == {
        f"postrider-prod-{name}" for name in MODELS
    }
    assert {q["QueueName"] for q in prod.core.of_type("AWS::SQS::Queue").values()} == {
        f"postrider-prod-{name}{suffix}" for name in QUEUES for suffix in ("", "-dead-letters")
    }
    names = Names("postrider-prod", "<AccountId>", "<Region>")
    (bucket,) = prod.data.of_type("AWS::S3::Bucket").values()
    (secret,) = prod.data.of_type("AWS::SecretsManager::Secret").values()
    (group,) = prod.core.of_type("AWS::Scheduler::ScheduleGroup").values()
    (configuration_set,) = prod.core.of_type("AWS::SES::ConfigurationSet").values()
    assert text_of(bucket["BucketName"]) == names.bucket
    assert secret["Name"] == names.secret
    assert group["Name"] == names.schedule_group
    assert configuration_set["Name"] == names.configuration_set
    roles = [text_of(role["RoleName"]) for role in prod.core.of_type("AWS::IAM::Role").values() if "RoleName" in role]
    assert roles == [names.scheduler_role]


def text_of(value):
    return "".join(part if isinstance(part, str) else f"<{part['Ref'][5:]}>" for part in value["Fn::Join"][1])


def test_a_function_gets_only_what_it_cannot_derive(functions):
    for _, function in functions.values():
        assert set(function["Environment"]["Variables"]) <= {
            "DEPLOYMENT",
            "STAGE",
            "ACCOUNT_ID",
            "SIGNING_KEY_ID",
            "PUBLIC_BASE_URL",
            "ACCOUNT_CALLS_PER_S",
            "TOKEN_CALLS_PER_S",
            "DIALECT_LIMITS",
            "DOCS_DC",
            "SYSTEM_SENDER_EMAIL",
            "POWERTOOLS_SERVICE_NAME",
            "POWERTOOLS_TRACE_DISABLED",
        }


def test_pixel_and_click_have_limits_of_their_own_and_nothing_else_has(prod):
    """A burst of prefetched pixels must not answer an unsubscription with 429."""
    (stage_id,) = (id for id, r in prod.api.body["Resources"].items() if r["Type"] == "AWS::ApiGatewayV2::Stage")
    stage = prod.api.body["Resources"][stage_id]
    assert set(stage["Properties"]["RouteSettings"]) == {"GET /o/{token}", "GET /c/{token}"}
    routes = prod.api.of_type("AWS::ApiGatewayV2::Route")
    assert {routes[id]["RouteKey"] for id in stage["DependsOn"]} == set(stage["Properties"]["RouteSettings"])


def test_the_dashboard_is_free(prod):
    """Up to 50 metrics: https://aws.amazon.com/cloudwatch/pricing/"""
    (dashboard,) = prod.core.of_type("AWS::CloudWatch::Dashboard").values()
    body = json.loads("".join(p if isinstance(p, str) else "x" for p in dashboard["DashboardBody"]["Fn::Join"][1]))
    assert sum(len(widget["properties"]["metrics"]) for widget in body["widgets"]) < 50
    searches = [
        m[0]["expression"] for w in body["widgets"] for m in w["properties"]["metrics"] if isinstance(m[0], dict)
    ]
    assert len(searches) == 4
    assert all('"postrider-prod"' in search for search in searches)


def test_an_idle_month_is_cheap(prod):
    """$3.50, before what SES, calls and data cost. The README says what it is made of, as the bill computes it."""
    pollers = [
        min(bill.MAX_POLLERS, source["ScalingConfig"]["MaximumConcurrency"])
        for source in prod.core.of_type("AWS::Lambda::EventSourceMapping").values()
    ]
    assert bill.poll_count() == sum(pollers) * RECEIVES_A_MONTH
    assert bill.alarm_count() == len(prod.core.of_type("AWS::CloudWatch::Alarm"))
    assert sum(bill.idle_costs().values()) < 3.50


RECEIVES_A_MONTH = 3 * 60 * 24 * 30
"""Requests of one poller, which waits 20 s for a message."""


def test_all_access_requires_tls(prod):
    """A queue that only functions use has a policy for this alone."""
    protected = set()
    for template in prod.templates:
        for kind in ("AWS::SQS::QueuePolicy", "AWS::SNS::TopicPolicy", "AWS::S3::BucketPolicy"):
            for policy in template.of_type(kind).values():
                targets = [policy["Bucket"]] if "Bucket" in policy else policy.get("Queues") or policy["Topics"]
                for statement in policy["PolicyDocument"]["Statement"]:
                    secure = statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport")
                    if statement["Effect"] == "Deny" and secure == "false":
                        protected |= {id_of(target) for target in targets}
    expected = {
        id
        for template in prod.templates
        for kind in ("AWS::SQS::Queue", "AWS::SNS::Topic", "AWS::S3::Bucket")
        for id in template.of_type(kind)
    }
    assert protected == expected


def test_scripts_of_the_configured_origins_may_call_and_upload(prod):
    """A browser asks before it sends a token, a JSON body or the form of an upload."""
    (api,) = prod.core.of_type("AWS::ApiGatewayV2::Api").values()
    cors = api["CorsConfiguration"]
    assert (cors["AllowOrigins"], cors.get("AllowCredentials", False)) == ([CORS_ORIGIN], False)
    assert {"authorization", "content-type", "idempotency-key"} <= set(cors["AllowHeaders"])
    assert {"GET", "POST", "PATCH", "DELETE"} <= set(cors["AllowMethods"])
    assert set(cors["ExposeHeaders"]) == {"retry-after", "ratelimit", "ratelimit-policy"}
    (bucket,) = prod.data.of_type("AWS::S3::Bucket").values()
    (rule,) = bucket["CorsConfiguration"]["CorsRules"]
    assert rule["AllowedOrigins"] == [CORS_ORIGIN]
    assert {"POST", "GET"} <= set(rule["AllowedMethods"])


@pytest.mark.parametrize(
    "origins", ["*", "https://app.example.com/", "http://app.example.com", "https://a.example.com,https://*.b.example"]
)
def test_an_invalid_cors_origin_is_refused(origins):
    with pytest.raises(ValueError, match="cors_origins"):
        stage_from({"cors_origins": origins}.get)


def test_origins_are_a_setting_of_the_stage():
    assert stage_from({}.get).cors_origins == ()
    origins = "https://app.example.com, http://localhost:3000"
    assert stage_from({"cors_origins": origins}.get).cors_origins == tuple(origins.split(", "))


def test_the_bucket_is_private_and_forgets_files(prod):
    (bucket,) = prod.data.of_type("AWS::S3::Bucket").values()
    assert all(bucket["PublicAccessBlockConfiguration"].values())
    rules = bucket["LifecycleConfiguration"]["Rules"]
    expiring = {rule.get("Prefix") for rule in rules if "ExpirationInDays" in rule}
    assert expiring == {"audiences/", "emails/", "imports/", "exports/"}


def test_the_key_signs_and_the_secret_is_generated(prod):
    (key,) = prod.data.of_type("AWS::KMS::Key").values()
    assert (key["KeySpec"], key["KeyUsage"]) == ("RSA_2048", "SIGN_VERIFY")
    (secret,) = prod.data.of_type("AWS::SecretsManager::Secret").values()
    assert secret["GenerateSecretString"] == {"ExcludePunctuation": True, "PasswordLength": 64}


def test_only_the_topic_of_ses_can_write_its_events_to_the_queue(prod, functions):
    """No public hook: SES, its topic, the queue of the worker; nobody else may write there."""
    (destination,) = prod.service.of_type("AWS::SES::ConfigurationSetEventDestination").values()
    topic = id_of(destination["EventDestination"]["SnsDestination"]["TopicARN"])
    (subscription,) = [
        s for s in prod.service.of_type("AWS::SNS::Subscription").values() if id_of(s["TopicArn"]) == topic
    ]
    assert subscription["RawMessageDelivery"] is True
    (source,) = [
        s
        for s in prod.service.of_type("AWS::Lambda::EventSourceMapping").values()
        if id_of(s["FunctionName"]) == functions["record-ses-events"][0]
    ]
    assert id_of(subscription["Endpoint"]) == id_of(source["EventSourceArn"])
    senders = [
        (statement["Principal"], statement["Condition"])
        for policy in prod.service.of_type("AWS::SQS::QueuePolicy").values()
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
    ]
    assert senders == [({"Service": "sns.amazonaws.com"}, {"ArnEquals": {"aws:SourceArn": {"Ref": topic}}})]


def test_events_of_ses_come_after_the_record_of_their_mail(prod):
    """Else each costs writes; one type of event proves that a mail was taken."""
    queues = {queue["QueueName"]: queue for queue in prod.core.of_type("AWS::SQS::Queue").values()}
    delays = {name for name, queue in queues.items() if queue.get("DelaySeconds")}
    assert delays == {"postrider-prod-record-ses-events"}
    assert 30 <= queues["postrider-prod-record-ses-events"]["DelaySeconds"] <= 60
    (destination,) = prod.service.of_type("AWS::SES::ConfigurationSetEventDestination").values()
    types = destination["EventDestination"]["MatchingEventTypes"]
    assert len({"send", "delivery"} & set(types)) == 1


def test_ses_suppresses_addresses_of_bounces_and_not_of_complaints(prod):
    (configuration,) = prod.service.of_type("AWS::SES::ConfigurationSet").values()
    assert configuration["SuppressionOptions"] == {"SuppressedReasons": ["BOUNCE"]}


def test_tracking_events_are_recorded_in_large_batches_by_few_workers(prod, functions):
    (source,) = [
        s
        for s in prod.service.of_type("AWS::Lambda::EventSourceMapping").values()
        if id_of(s["FunctionName"]) == functions["record-engagement"][0]
    ]
    assert (source["BatchSize"], source["MaximumBatchingWindowInSeconds"]) == (1000, 10)
    assert source["ScalingConfig"] == {"MaximumConcurrency": 2}


def test_a_sender_receives_few_chunks_at_a_low_rate(prod, functions):
    """So that a campaign waits only seconds for a sender that another account keeps busy."""
    (source,) = [
        s
        for s in prod.service.of_type("AWS::Lambda::EventSourceMapping").values()
        if id_of(s["FunctionName"]) == functions["send-chunks"][0]
    ]
    assert source["BatchSize"] == 1, "at 14 mails a second"
    assert batch_of(QUEUES["send-chunks"], replace(STAGES["prod"], ses_rate=500)) == CHUNKS_TOGETHER


def test_the_api_depends_on_no_function(prod):
    """The API depends on no function, because functions depend on its URL."""
    (api,) = [r for r in prod.service.body["Resources"].values() if r["Type"] == "AWS::ApiGatewayV2::Api"]
    assert "DependsOn" not in api
    assert {name: value for name, value in api["Properties"].items() if name != "CorsConfiguration"} == {
        "Name": "postrider-prod",
        "ProtocolType": "HTTP",
        "Tags": {"application": "postrider", "stage": "prod"},
    }


def test_no_custom_resource_runs_foreign_code(prod):
    for template in prod.templates:
        kinds = {resource["Type"] for resource in template.body["Resources"].values()}
        assert not {kind for kind in kinds if kind.startswith("Custom::") or "CustomResource" in kind}


def test_outputs_have_the_url_of_the_deployment(prod):
    assert {"ApiUrl", "ApiId", "PublicUrl", "AlarmTopic"} <= prod.service.body["Outputs"].keys()
