"""A deployment prints its account and the limits, or ends with the missing requirement."""

from dataclasses import replace

import boto3
import pytest
from botocore.stub import Stubber
from moto import mock_aws

from infra.account import _stage, capacity_lines, target_text
from infra.concurrency import demand_of
from infra.stages import STAGES
from postrider.delivery.rate.rules import senders_for


@pytest.fixture
def nobody(monkeypatch, tmp_path):
    """A machine on which nobody has signed in."""
    for name in ("ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN", "PROFILE", "REGION", "DEFAULT_REGION"):
        monkeypatch.delenv(f"AWS_{name}", raising=False)
    for name in ("CONFIG_FILE", "SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(f"AWS_{name}", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setattr("boto3.DEFAULT_SESSION", None)
    return monkeypatch


def test_without_a_region_nothing_is_deployed(nobody):
    with pytest.raises(SystemExit, match="set AWS_REGION"):
        target_text()


def test_without_credentials_nothing_is_deployed(nobody):
    nobody.setenv("AWS_REGION", "eu-central-1")
    with pytest.raises(SystemExit, match=r"No AWS account: .*Unable to locate credentials"):
        target_text()


def test_account_and_region_are_said(nobody):
    nobody.setenv("AWS_REGION", "eu-central-1")
    with mock_aws():
        assert target_text().startswith("account 123456789012, region eu-central-1, as arn:aws:sts::")


PROD = replace(STAGES["prod"], system_sender_email="news@example.org")
IDENTITY = {"IdentityType": "DOMAIN", "VerifiedForSendingStatus": True}


@pytest.fixture
def capacity_of(nobody, monkeypatch):
    """The check of a stage against a stubbed account."""
    nobody.setenv("AWS_REGION", "eu-central-1")
    real = boto3.client

    def check(stage, *, concurrency=1000, production=True, rate=14.0, verified=("example.org",), denied=False):
        def client(service, **options):
            made = real(service, aws_access_key_id="a", aws_secret_access_key="b", **options)
            stub = Stubber(made)
            if service == "lambda" and denied:
                stub.add_client_error("get_account_settings", "AccessDeniedException")
            elif service == "lambda":
                stub.add_response("get_account_settings", {"AccountLimit": {"ConcurrentExecutions": concurrency}})
            elif not clients:
                quota = {"Max24HourSend": 50_000.0, "MaxSendRate": rate, "SentLast24Hours": 0.0}
                account = {"ProductionAccessEnabled": production, "SendingEnabled": True, "SendQuota": quota}
                stub.add_response("get_account", account)
            else:
                for name in ("news@example.org", "example.org"):
                    if name in verified:
                        stub.add_response("get_email_identity", IDENTITY, {"EmailIdentity": name})
                        break
                    stub.add_client_error("get_email_identity", "NotFoundException")
            clients.extend([made] if service == "sesv2" else [])
            stub.activate()
            return made

        clients: list = []
        monkeypatch.setattr("infra.account.boto3.client", client)
        return "\n".join(capacity_lines(stage))

    return check


def test_a_usual_account_is_described_in_three_lines(capacity_of):
    lines = capacity_of(PROD).splitlines()
    assert len(lines) == 3
    assert lines[0].startswith(
        f"Lambda: 1000 concurrent executions; workers and schedules use at most {demand_of(PROD)}"
    )
    assert lines[1] == f"Lambda: at least {1000 - demand_of(PROD).total} executions are left for the API."
    assert lines[2] == "SES: 14 mails a second, 50,000 mails in 24 hours; the stage is made for 14 a second."


def test_the_sandbox_is_named_with_the_way_out(capacity_of):
    assert "the account is in the sandbox, where only verified addresses get mail; request production access" in (
        capacity_of(PROD, production=False, rate=1.0)
    )


def test_an_account_for_ten_functions_is_refused_without_the_setting_small_account(capacity_of):
    with pytest.raises(
        SystemExit, match=r"may run only 10 functions at the same time.* Service Quotas .*small_account"
    ):
        capacity_of(PROD, concurrency=10)
    small = replace(PROD, small_account=True)
    assert set(demand_of(small).workers.values()) == {2}
    assert "0 executions are left for the API" in capacity_of(small, concurrency=10)
    paused = replace(small, paused_workers=("record-engagement", "run-tasks", "add-contacts"))
    assert demand_of(small).total - demand_of(paused).total == 6
    assert "Paused: record-engagement, run-tasks, add-contacts; their messages wait" in capacity_of(
        paused, concurrency=20
    )
    with pytest.raises(SystemExit, match="Unknown workers in paused_workers: nobody"):
        capacity_of(replace(small, paused_workers=("nobody",)))


def test_a_missing_identity_is_named(capacity_of):
    assert "neither news@example.org nor example.org is a verified identity in this region" in (
        capacity_of(PROD, verified=())
    )
    assert "no sender of confirmation mails" in capacity_of(replace(PROD, system_sender_email=None))


def test_a_rate_that_the_stage_is_not_made_for_is_named(capacity_of):
    assert "deploy with -c ses_rate=200" in capacity_of(PROD, rate=200.0)


def test_missing_permissions_are_named(capacity_of):
    with pytest.raises(SystemExit, match="allow lambda:GetAccountSettings, ses:GetAccount"):
        capacity_of(PROD, denied=True)


def test_the_check_uses_the_same_stage_as_the_deployment():
    stage = _stage(["-c", "stage=dev", "--require-approval", "never", "-c", "ses_rate=400", "-c", "small_account=true"])
    assert (stage.name, stage.ses_rate, stage.small_account) == ("dev", 400, True)
    with pytest.raises(SystemExit, match="Unknown stage nowhere"):
        _stage(["-c", "stage=nowhere"])


@pytest.mark.parametrize(("rate", "senders"), [(1, 2), (14, 2), (150, 2), (200, 4), (1000, 8)])
def test_senders_are_as_many_as_the_rate_needs(rate, senders):
    assert senders_for(rate) == senders
    assert demand_of(replace(PROD, ses_rate=rate)).workers["send-chunks"] == senders
