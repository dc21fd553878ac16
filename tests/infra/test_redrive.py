"""One command puts what failed back on its queues."""

import boto3
import pytest
from botocore.client import BaseClient
from botocore.validate import validate_parameters

from infra.functions import QUEUES
from infra.redrive import redrive


@pytest.fixture
def deployed(monkeypatch, standin):
    """The dead-letter queues of the deployment, and the requested moves."""
    sqs = standin.client("sqs")
    urls = [sqs.create_queue(QueueName=f"postrider-prod-{name}-dead-letters")["QueueUrl"] for name in QUEUES]
    moved, call = [], BaseClient._make_api_call

    def watched(client, operation, parameters):
        if operation == "StartMessageMoveTask":  # neither the stand-in nor moto supports it
            validate_parameters(parameters, client.meta.service_model.operation_model(operation).input_shape)
            moved.append(parameters)
            return {}
        return call(client, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", watched)
    yield moved
    for url in urls:
        sqs.delete_queue(QueueUrl=url)


def put_dead_letter(queue):
    sqs = boto3.client("sqs")
    url = sqs.get_queue_url(QueueName=f"postrider-prod-{queue}-dead-letters")["QueueUrl"]
    sqs.send_message(QueueUrl=url, MessageBody="{}")
    return sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]


def test_only_queues_with_dead_letters_are_moved(deployed, capsys):
    arns = [put_dead_letter("send-chunks"), put_dead_letter("add-contacts")]
    redrive("prod", "")
    assert sorted(move["SourceArn"] for move in deployed) == sorted(arns)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(QUEUES)
    assert "send-chunks: 1 waiting, moving back" in lines
    assert "record-engagement: 0 waiting" in lines


def test_one_queue_is_moved_alone(deployed):
    arn = put_dead_letter("send-chunks")
    put_dead_letter("add-contacts")
    redrive("prod", "send-chunks")
    assert deployed == [{"SourceArn": arn}]


def test_unknown_queues_and_stages_are_reported(deployed):
    with pytest.raises(SystemExit, match="Unknown queue 'nothing': expected one of "):
        redrive("prod", "nothing")
    with pytest.raises(SystemExit, match="The stage dev is not deployed"):
        redrive("dev", "")
