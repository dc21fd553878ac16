"""The local platform itself: the deployer, the listener in front and the SES endpoint, on a template of their own."""

import base64
import json
import socket
import textwrap
import zlib
from email import message_from_bytes

import httpx
import pytest

from infra.local.deploy import deploy, stacks_of
from infra.local.front import Front, PortTaken
from infra.local.ses.server import LocalSes
from infra.local.standin import Standin

HANDLER = """
import base64, boto3, json, os

def handler(event, context):
    print(event["rawPath"])
    path = event["rawPath"]
    if path == "/moved":
        return {"statusCode": 302, "headers": {"location": "https://example.com/next"}}
    if path == "/image":
        return {"statusCode": 200, "headers": {"content-type": "image/gif"}, "isBase64Encoded": True,
                "body": base64.b64encode(bytes(range(256))).decode()}
    if path == "/cookies":
        return {"statusCode": 200, "cookies": ["a=1; HttpOnly", "b=2"], "body": "{}"}
    if path == "/send":
        answer = boto3.client("sesv2").send_email(
            FromEmailAddress="News <news@example.com>",
            Destination={"ToAddresses": json.loads(event["body"])["to"]},
            Content={"Raw": {"Data": base64.b64decode(json.loads(event["body"])["raw"])}},
            ConfigurationSetName=os.environ["CONFIGURATION_SET"],
            EmailTags=[{"Name": "ledger", "Value": "7-11"}],
        )
        return {"statusCode": 200, "body": json.dumps({"id": answer["MessageId"]})}
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(event)}
"""

RAW = (
    "From: News <news@example.com>\r\nTo: ann@example.org\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n"
    "List-Unsubscribe: <https://example.com/u/1>\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
    "MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    "<p>Grüße <script>alert(1)</script></p>\r\n"
).encode()

ORIGIN = "https://app.example.com"
BUCKET = "cdk-hnb659fds-assets-${AWS::AccountId}-${AWS::Region}"


def function_template(code_key):
    arn = {"Fn::Sub": "arn:aws:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/${Function.Arn}/invocations"}
    return {
        "Parameters": {
            "PublicBaseUrl": {"Type": "String"},
            "BootstrapVersion": {
                "Type": "AWS::SSM::Parameter::Value<String>",
                "Default": "/cdk-bootstrap/hnb659fds/version",
            },
        },
        "Resources": {
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "AssumeRolePolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [
                            {
                                "Effect": "Allow",
                                "Principal": {"Service": "lambda.amazonaws.com"},
                                "Action": "sts:AssumeRole",
                            }
                        ],
                    }
                },
            },
            "Function": {
                "Type": "AWS::Lambda::Function",
                "Properties": {
                    "FunctionName": "local-echo",
                    "Runtime": "python3.11",
                    "Handler": "app.handler",
                    "Timeout": 20,
                    "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                    "Code": {"S3Bucket": {"Fn::Sub": BUCKET}, "S3Key": code_key},
                    "Environment": {
                        "Variables": {
                            "BASE": {"Ref": "PublicBaseUrl"},
                            "CONFIGURATION_SET": {"Fn::ImportValue": "events-set"},
                        }
                    },
                },
            },
            "Api": {
                "Type": "AWS::ApiGatewayV2::Api",
                "Properties": {
                    "Name": "echo",
                    "ProtocolType": "HTTP",
                    "CorsConfiguration": {
                        "AllowOrigins": [ORIGIN],
                        "AllowMethods": ["POST"],
                        "AllowHeaders": ["x-own"],
                    },
                },
            },
            "Integration": {
                "Type": "AWS::ApiGatewayV2::Integration",
                "Properties": {
                    "ApiId": {"Ref": "Api"},
                    "IntegrationType": "AWS_PROXY",
                    "IntegrationUri": arn,
                    "PayloadFormatVersion": "2.0",
                },
            },
            "Route": {
                "Type": "AWS::ApiGatewayV2::Route",
                "Properties": {
                    "ApiId": {"Ref": "Api"},
                    "RouteKey": "ANY /{proxy+}",
                    "Target": {"Fn::Join": ["/", ["integrations", {"Ref": "Integration"}]]},
                },
            },
            "Stage": {
                "Type": "AWS::ApiGatewayV2::Stage",
                "Properties": {"ApiId": {"Ref": "Api"}, "StageName": "$default", "AutoDeploy": True},
            },
        },
        "Outputs": {"ApiId": {"Value": {"Ref": "Api"}}, "Base": {"Value": {"Ref": "PublicBaseUrl"}}},
    }


EVENTS_TEMPLATE = {
    "Resources": {
        "Queue": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": "events"}},
        "Topic": {"Type": "AWS::SNS::Topic"},
        "Subscription": {
            "Type": "AWS::SNS::Subscription",
            "Properties": {
                "Protocol": "sqs",
                "TopicArn": {"Ref": "Topic"},
                "Endpoint": {"Fn::GetAtt": ["Queue", "Arn"]},
                "RawMessageDelivery": True,
            },
        },
        "Set": {"Type": "AWS::SES::ConfigurationSet", "Properties": {"Name": "local-set"}},
        "Destination": {
            "Type": "AWS::SES::ConfigurationSetEventDestination",
            "Properties": {
                "ConfigurationSetName": {"Ref": "Set"},
                "EventDestination": {
                    "Name": "sns",
                    "Enabled": True,
                    "MatchingEventTypes": ["send", "delivery", "bounce", "complaint"],
                    "SnsDestination": {"TopicARN": {"Ref": "Topic"}},
                },
            },
        },
    },
    "Outputs": {"Set": {"Value": {"Ref": "Set"}, "Export": {"Name": "events-set"}}},
}


def write_stack(folder, name, template, *, files=None, dependencies=()):
    """A stack of a cloud assembly as the CDK writes it. Returns its manifest entries."""
    text = json.dumps(template)
    digest = f"{zlib.crc32(text.encode()):08x}"
    (folder / f"{name}.template.json").write_text(text)
    assets = {
        digest: {
            "source": {"path": f"{name}.template.json", "packaging": "file"},
            "destinations": {"local": {"bucketName": BUCKET, "objectKey": f"{digest}.json"}},
        }
    } | (files or {})
    (folder / f"{name}.assets.json").write_text(json.dumps({"version": "1.0.0", "files": assets}))
    return {
        f"{name}.assets": {"type": "cdk:asset-manifest", "properties": {"file": f"{name}.assets.json"}},
        name: {
            "type": "aws:cloudformation:stack",
            "properties": {"templateFile": f"{name}.template.json"},
            "dependencies": [*dependencies, f"{name}.assets"],
        },
    }


@pytest.fixture(scope="module")
def assembly(tmp_path_factory):
    folder = tmp_path_factory.mktemp("assembly")
    (folder / "asset.code").mkdir()
    (folder / "asset.code" / "app.py").write_text(textwrap.dedent(HANDLER))
    key = f"{zlib.crc32(HANDLER.encode()):08x}"
    code = {
        key: {
            "source": {"path": "asset.code", "packaging": "zip"},
            "destinations": {"local": {"bucketName": BUCKET, "objectKey": f"{key}.zip"}},
        }
    }
    artifacts = write_stack(
        folder, "AFunction", function_template(f"{key}.zip"), files=code, dependencies=["ZEvents"]
    ) | write_stack(folder, "ZEvents", EVENTS_TEMPLATE)
    (folder / "manifest.json").write_text(json.dumps({"version": "48.0.0", "artifacts": artifacts}))
    return folder


@pytest.fixture(scope="module")
def echo(assembly):
    """A front over the deployed echo function, with its mailbox."""
    front = Front(0)
    standin = Standin()
    ses = LocalSes(standin_port=standin.port)
    standin.extra_env["AWS_ENDPOINT_URL_SESV2"] = ses.endpoint
    try:
        standin.start()
        outputs = deploy(standin, assembly, {"PublicBaseUrl": front.url})
        front.open(standin=standin, api_id=outputs["ApiId"], ses=ses)
        with httpx.Client(base_url=front.url, timeout=30) as client:
            client.standin, client.ses, client.outputs = standin, ses, outputs
            yield client
    finally:
        front.close()
        standin.stop()
        ses.close()


def test_stacks_are_deployed_after_those_they_depend_on(assembly):
    assert [stack.name for stack in stacks_of(assembly)] == ["ZEvents", "AFunction"]


def test_a_second_deployment_changes_nothing(echo, assembly):
    assert deploy(echo.standin, assembly, {"PublicBaseUrl": echo.outputs["Base"]}) == echo.outputs


def test_the_function_sees_the_call_as_it_was_made(echo):
    answer = echo.post("/a%20b/c?x=1&x=2&y=%2B", content=b"hi", headers={"Content-Type": "text/plain", "X-Own": "v"})
    event = answer.json()
    assert (event["rawPath"], event["rawQueryString"], event["body"]) == ("/a b/c", "x=1&x=2&y=%2B", "hi")
    assert event["headers"]["x-own"] == "v"
    assert event["headers"]["host"] == echo.base_url.netloc.decode()
    assert event["requestContext"]["http"]["method"] == "POST"


def test_a_binary_body_arrives_whole(echo):
    body = bytes(range(256))
    event = echo.put("/upload", content=body, headers={"Content-Type": "application/octet-stream"}).json()
    assert event["isBase64Encoded"]
    assert base64.b64decode(event["body"]) == body


def test_a_chunked_body_arrives_whole(echo):
    assert echo.post("/x", content=iter([b"one ", b"two"]), headers={"Content-Type": "text/plain"}).json()["body"] == (
        "one two"
    )


def test_answers_come_back_as_they_are(echo):
    assert echo.get("/image").content == bytes(range(256))
    moved = echo.get("/moved")
    assert (moved.status_code, moved.headers["location"]) == (302, "https://example.com/next")
    assert echo.get("/cookies").headers.get_list("set-cookie") == ["a=1; HttpOnly", "b=2"]


def test_scripts_of_configured_origins_may_call(echo):
    asking = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-own"}
    preflight = echo.options("/x", headers={"Origin": ORIGIN, **asking})
    assert preflight.status_code == 204
    assert preflight.headers["access-control-allow-origin"] == ORIGIN
    assert preflight.headers["access-control-allow-headers"] == "x-own"
    assert echo.post("/x", headers={"Origin": ORIGIN}).headers["access-control-allow-origin"] == ORIGIN
    other = echo.post("/x", headers={"Origin": "https://other.example.com"})
    assert "access-control-allow-origin" not in other.headers


def test_logs_of_functions_can_be_read(echo):
    echo.get("/said/aloud")
    lines = echo.get("/_local/logs", params={"function": "local-echo", "text": "aloud"}).json()
    assert [(line["function"], line["message"]) for line in lines] == [("local-echo", "/said/aloud")]


def test_a_body_over_the_gateways_limit_is_refused(echo):
    assert echo.post("/x", content=b"x" * (10 * 1024 * 1024 + 1)).status_code == 413


def send(echo, *recipients):
    body = {"to": recipients, "raw": base64.b64encode(RAW).decode()}
    return echo.post("/send", json=body).json()["id"]


def events(echo):
    """All events of the mails so far."""
    echo.ses.flush()
    sqs = echo.standin.client("sqs")
    url = sqs.get_queue_url(QueueName="events")["QueueUrl"]
    found = []
    while messages := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages"):
        for message in messages:
            found.append(json.loads(message["Body"]))
            sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
    return found


def test_a_sent_mail_is_in_the_inbox_with_its_own_headers(echo):
    echo.delete("/_local/mail")
    mail_id = send(echo, "ann@example.org")
    (mail,) = echo.get("/_local/mail").json()
    assert (mail["id"], mail["to"], mail["subject"]) == (mail_id, ["ann@example.org"], "Grüße")
    assert mail["headers"]["List-Unsubscribe"] == "<https://example.com/u/1>"
    assert mail["html"].startswith("<p>Grüße")
    raw = message_from_bytes(echo.get(f"/_local/mail/{mail_id}.eml").content)
    assert raw["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail_id in raw["Message-ID"]


def test_the_inbox_pages_escape_what_a_mail_brings(echo):
    mail_id = send(echo, "ann@example.org")
    page = echo.get(f"/_local/view/{mail_id}")
    assert "<script>" not in page.text
    assert 'sandbox="allow-popups' in page.text
    assert "are not delivered" in echo.get("/_local/").text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")


@pytest.mark.parametrize(
    ("local_part", "expected"),
    [
        ("success+1", ["Send", "Delivery"]),
        ("bounce+1", ["Send", "Bounce/Permanent"]),
        ("softbounce+1", ["Send", "Bounce/Transient"]),
        ("complaint+1", ["Send", "Delivery", "Complaint"]),
        ("suppressionlist", ["Send", "Bounce/Permanent"]),
        ("ooto", ["Send", "Delivery", "Bounce/Transient"]),
    ],
)
def test_simulator_addresses_have_their_events(echo, local_part, expected):
    events(echo)
    mail_id = send(echo, f"{local_part}@simulator.amazonses.com")
    found = events(echo)
    told = [e["eventType"] + (f"/{e['bounce']['bounceType']}" if "bounce" in e else "") for e in found]
    assert told == expected
    assert {event["mail"]["messageId"] for event in found} == {mail_id}
    assert all(event["mail"]["tags"]["ledger"] == ["7-11"] for event in found)


def test_a_taken_port_is_said_clearly():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(PortTaken, match="Choose another one"):
            Front(taken.getsockname()[1])
