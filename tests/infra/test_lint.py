"""cfn-lint and cdk-nag have nothing to say that is not answered."""

import subprocess
import sys
from pathlib import Path

IGNORED = "W3005"  # the CDK names a dependency that a GetAtt implies
MIN_REASON = 20


def test_cfn_lint_finds_nothing(prod):
    command = [Path(sys.executable).with_name("cfn-lint"), "-i", IGNORED, "--", *(t.path for t in prod.templates)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (answer.returncode, answer.stdout) == (0, "")


def test_every_finding_of_cdk_nag_has_a_reason(prod):
    (report,) = [r for r in prod.findings["pluginReports"] if r["pluginName"] == "AwsSolutions"]
    assert report["conclusion"] == "success"
    assert report["violations"] == []
    assert all(len(answered["reason"]) >= MIN_REASON for answered in report["suppressedViolations"])


def test_cdk_nag_has_looked(prod):
    (report,) = [r for r in prod.findings["pluginReports"] if r["pluginName"] == "AwsSolutions"]
    assert {answered["ruleName"].partition("[")[0] for answered in report["suppressedViolations"]} >= {
        "AwsSolutions-IAM5",
        "AwsSolutions-S1",
    }
