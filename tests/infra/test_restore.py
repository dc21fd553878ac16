"""Tables are restored beside the present ones, and a deployment takes them up."""

import subprocess
import sys
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import boto3
import pytest

from infra import restore as module
from infra.functions import FUNCTIONS
from infra.grants import statements
from infra.models import MODELS
from infra.restore import restore
from infra.stages import stage_from
from postrider.epochs.table import EpochItem
from postrider.kit.settings import Names
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.campaigns import add_contacts, make_campaign
from tests.testing.factories.forms import mails_to
from tests.testing.factories.journeys import Step, make_journey, pass_time
from tests.testing.factories.lists import make_list

EPOCH = {"pk": {"S": "deployment"}, "sk": {"S": "epoch"}}


@pytest.fixture
def dynamodb(standin, platform, monkeypatch):
    """The tables of this process as those of a deployment "prod"."""
    monkeypatch.setattr(module, "Names", lambda _, *rest: Names("postrider", *rest))
    client = boto3.client("dynamodb")
    for table in MODELS:
        client.update_continuous_backups(
            TableName=f"postrider-{table}", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": True}
        )
    yield client
    for name in client.list_tables()["TableNames"]:
        if name.endswith("-again"):
            client.update_table(TableName=name, DeletionProtectionEnabled=False)
            client.delete_table(TableName=name)


@pytest.fixture
def environment(platform):
    """The environment of processes that see the tables of this one."""
    with platform.aws.environment_of_processes() as environment:
        yield environment


def test_all_tables_are_restored_with_the_settings_that_dynamodb_omits(dynamodb, environment, capsys):
    owner = make_owner()
    dynamodb.update_table(TableName="postrider-contacts", DeletionProtectionEnabled=True)
    began_at = datetime.now(UTC).replace(microsecond=0)
    restore("prod", None, "again")
    restore("prod", None, "again")  # after an interruption
    restored_to = dynamodb.get_item(TableName="postrider-accounts-again", Key=EPOCH)["Item"]["restored_to"]["S"]
    assert began_at <= EpochItem.restored_to.deserialize(restored_to) <= datetime.now(UTC)
    dynamodb.update_table(TableName="postrider-contacts", DeletionProtectionEnabled=False)
    for table in MODELS:
        name = f"postrider-{table}-again"
        count = dynamodb.scan(TableName=name, Select="COUNT")["Count"]
        assert count == dynamodb.scan(TableName=f"postrider-{table}", Select="COUNT")["Count"]
        backups = dynamodb.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        assert backups["PointInTimeRecoveryDescription"]["PointInTimeRecoveryStatus"] == "ENABLED"
        if MODELS[table]._ttl_attribute():
            status = dynamodb.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
            assert (status["TimeToLiveStatus"], status["AttributeName"]) == ("ENABLED", "expires_at")
    assert dynamodb.describe_table(TableName="postrider-contacts-again")["Table"]["DeletionProtectionEnabled"]
    assert "-c restored_tables=again" in capsys.readouterr().out
    assert account_in_restored_tables(owner.account_id, environment) == owner.account_id


def account_in_restored_tables(account_id, environment):
    """Return the id of the account as a new process with the setting of the deployment reads it."""
    code = f"from postrider import bootstrap\nprint(bootstrap.accounts().get({account_id!r}).id)"
    client = boto3.client("dynamodb")
    client.delete_item(
        TableName="postrider-accounts", Key={"pk": {"S": f"account#{account_id}"}, "sk": {"S": "account"}}
    )
    process = subprocess.run(
        [sys.executable, "-c", code],
        env=environment | {"RESTORED_TABLES": "again"},
        capture_output=True,
        text=True,
        check=True,
    )
    return process.stdout.strip()


COPY = """
import sys
from datetime import datetime, timedelta
from postrider import bootstrap
from postrider.adapters.memory import MemoryQueue
from tests.testing.fakes import MemoryRunner
from postrider.delivery.queue_messages import ProcessBlocks, StartRun
from postrider.mail_events.source import MailSource
from postrider.journeys.queue_messages import AdvanceWorkflow

account_id, campaign_id, moment, act = sys.argv[1:]
queue, now = MemoryQueue(), [datetime.fromisoformat(moment)]

def sleep(seconds):
    now[0] += timedelta(seconds=seconds)

runner = MemoryRunner()
bootstrap.use(bootstrap.Overrides(queue=queue, workflow_runner=runner, clock=lambda: now[0], sleep=sleep, sending_threads=0))
if act == "take up":
    bootstrap.restored_tables_takeover().take_up()
delivery, journeys = bootstrap.delivery(), bootstrap.journeys()
delivery.start(StartRun(account_id=account_id, source=MailSource.campaign(int(campaign_id)), again=True))
print(delivery.sweep(), journeys.sweep())
handlers = {StartRun: delivery.start, ProcessBlocks: delivery.process_blocks, AdvanceWorkflow: journeys.handle}
while any(queue.waiting.values()):
    queue.drain("plan-runs", lambda order: handlers[type(order)](order))
    queue.drain("send-chunks", lambda chunk: delivery.send([chunk], time_left_s=60))
"""
"""The workers of a deployment that uses the restored tables, with a queue of its own."""


def test_a_copy_beside_a_running_original_mails_nobody_twice(dynamodb, platform, environment):
    """Three contacts of a campaign that is being sent, and eight that wait in a workflow for a first mail and a second one."""
    owner = make_owner()
    list_id, workflow_list_id = make_list(owner), make_list(owner)
    readers = [f"reader{number}.{owner.account_id}@example.com" for number in range(11)]
    add_contacts(owner, list_id, *readers[:3])
    journey = make_journey(owner, workflow_list_id, [Step(delay_s=600), Step(parent=0, delay_s=86400)])
    journey.enter(*add_contacts(owner, workflow_list_id, *readers[3:]))
    campaign_id = make_campaign(owner, list_id=list_id)
    owner.api.post(f"/campaigns/{campaign_id}/schedule")
    platform.drain("plan-runs")
    restore("prod", None, "again")

    def run_copy(act):
        arguments = [owner.account_id, str(campaign_id), platform.clock().isoformat(), act]
        process = subprocess.run(
            [sys.executable, "-c", COPY, *arguments],
            env=environment | {"RESTORED_TABLES": "again"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert process.returncode == 0, process.stderr
        return process.stdout

    def mails():
        return [len(mails_to(platform, reader)) for reader in readers]

    assert "'held': 1" in run_copy("work")
    assert mails() == [0] * 11
    pass_time(platform, timedelta(minutes=15))
    assert mails() == [1] * 11
    run_copy("take up")
    assert mails() == [1] * 11
    platform.clock.move(timedelta(days=1))
    run_copy("work")  # the original has stopped
    assert mails() == [1] * 3 + [2] * 8  # the second mail


def test_suppressions_added_since_are_not_forgotten(dynamodb):
    owner = make_owner()
    owner.api.post("/suppressed-emails", json={"email": "before@example.com"})
    restore("prod", None, "again")
    owner.api.post("/suppressed-emails", json={"email": "since@example.com"})

    def rows(table):
        return sorted(map(str, dynamodb.scan(TableName=table)["Items"]))

    assert rows("postrider-suppressions-again") != rows("postrider-suppressions")
    restore("prod", None, "again")
    assert rows("postrider-suppressions-again") == rows("postrider-suppressions")


def test_a_deployment_on_restored_tables_may_use_only_these_tables():
    stage = stage_from({"restored_tables": "20261130"}.get)
    names = Names(stage.deployment, "1", "eu-central-1", stage.restored_tables)
    assert names.table("contacts") == "postrider-prod-contacts-20261130"
    assert names.of("send-chunks") == "postrider-prod-send-chunks"
    (row,) = (row for row in FUNCTIONS if row.name == "api-audience")
    granted = [arn for statement in statements(row, names, "key") for arn in statement.to_json()["Resource"]]
    arns = [arn for arn in granted if ":dynamodb:" in arn]
    assert arns
    assert all("-20261130" in arn for arn in arns)


@pytest.mark.parametrize("name", ["", "a b", "../x"])
def test_a_name_is_needed(name):
    with pytest.raises(SystemExit, match="Invalid NAME"):
        restore("prod", None, name)


def test_a_repeated_restore_keeps_the_moment_of_the_interrupted_one():
    moment = datetime(2026, 11, 30, 10, tzinfo=UTC)
    restored = {"Table": {"RestoreSummary": {"RestoreDateTime": moment}}}
    client = SimpleNamespace(describe_table=lambda **_: restored, exceptions=boto3.client("dynamodb").exceptions)
    tables = [("accounts", "accounts-again"), ("contacts", "contacts-again")]
    assert module.common_moment(client, tables, None) == moment
    with pytest.raises(SystemExit, match="accounts-again was restored to 2026-11-30T10:00:00"):
        module.common_moment(client, tables, moment + timedelta(hours=1))


@pytest.mark.parametrize("text", ["yesterday", "2026-11-30T10:00:00"])
def test_a_moment_has_a_time_zone(text):
    with pytest.raises(SystemExit, match="Invalid AT"):
        module.moment_from("AT", text)
