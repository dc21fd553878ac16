"""A deployment says where it goes, or refuses with what is missing."""

import pytest
from moto import mock_aws

from infra.account import where


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
        where()


def test_without_credentials_nothing_is_deployed(nobody):
    nobody.setenv("AWS_REGION", "eu-central-1")
    with pytest.raises(SystemExit, match=r"No AWS account: .*Unable to locate credentials"):
        where()


def test_account_and_region_are_said(nobody):
    nobody.setenv("AWS_REGION", "eu-central-1")
    with mock_aws():
        assert where().startswith("account 123456789012, region eu-central-1, as arn:aws:sts::")
