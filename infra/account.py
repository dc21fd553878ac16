"""Check the AWS account before the minute that a synthesis takes: `python -m infra.account -c stage=prod -c ses_rate=50`.

It prints the account, the region and their limits. If the stage cannot work there, it ends with the reason and the remedy.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from infra.concurrency import API_SHARE, SMALL_ACCOUNT, demand_of
from infra.functions import QUEUES
from infra.stages import STAGES, Stage, stage_from


def target_text() -> str:
    """Return the account and region that the CDK will use. Exit if one of them is missing."""
    region = _region()
    try:
        identity = boto3.client("sts", region_name=region).get_caller_identity()
    except (BotoCoreError, ClientError) as exc:
        sys.exit(f"No AWS account: sign in (aws sso login), or set AWS_PROFILE or keys. AWS says: {exc}")
    return f"account {identity['Account']}, region {region}, as {identity['Arn']}"


def capacity_lines(stage: Stage) -> list[str]:
    """Return lines with the limits of the account and the demand of the stage. Exit if the stage cannot work in the account."""
    region = _region()
    try:
        functions = boto3.client("lambda", region_name=region).get_account_settings()
        mail = boto3.client("sesv2", region_name=region).get_account()
        identity = _sender_identity(boto3.client("sesv2", region_name=region), stage)
    except (BotoCoreError, ClientError) as exc:
        sys.exit(
            f"The limits of Lambda and SES cannot be read; allow lambda:GetAccountSettings, ses:GetAccount and "
            f"ses:GetEmailIdentity. AWS says: {exc}"
        )
    return [*_functions(stage, functions["AccountLimit"]["ConcurrentExecutions"]), *_mail(stage, mail), *identity]


def _region() -> str:
    region = os.environ.get("AWS_REGION") or boto3.Session().region_name
    if not region:
        sys.exit("No region: set AWS_REGION (the CDK would take us-east-1).")
    return region


def _functions(stage: Stage, limit: int) -> list[str]:
    unknown = sorted(set(stage.paused_workers) - QUEUES.keys())
    if unknown:
        sys.exit(f"Unknown workers in paused_workers: {', '.join(unknown)}. Known: {', '.join(sorted(QUEUES))}.")
    demand = demand_of(stage)
    lines = [f"Lambda: {limit} concurrent executions; workers and schedules use at most {demand}."]
    if limit < SMALL_ACCOUNT and not stage.small_account:
        sys.exit(
            f"{lines[0]}\nThe account may run only {limit} functions at the same time, so that a campaign could leave "
            "none for the API and for unsubscriptions. Request 1,000 concurrent executions in Service Quotas (Lambda, "
            "L-B99A9384), or deploy with -c small_account=true."
        )
    left = limit - demand.total
    if left < API_SHARE:
        lines.append(
            f"Lambda: when all workers are busy, {max(left, 0)} executions are left for the API, and others are refused; "
            f"request more in Service Quotas, or pause workers, for example -c paused_workers=record-engagement,run-tasks."
        )
    else:
        lines.append(f"Lambda: at least {left} executions are left for the API.")
    if stage.paused_workers:
        lines.append(f"Paused: {', '.join(stage.paused_workers)}; their messages wait, for 14 days at most.")
    return lines


def _mail(stage: Stage, account: dict[str, Any]) -> list[str]:
    quota = account["SendQuota"]
    rate, per_day = float(quota["MaxSendRate"]), int(quota["Max24HourSend"])
    daily = "no daily limit" if per_day < 0 else f"{per_day:,} mails in 24 hours"
    lines = [f"SES: {rate:g} mails a second, {daily}; the stage is made for {stage.ses_rate:g} a second."]
    if not account["SendingEnabled"]:
        lines.append("SES: sending is switched off for this account; see the account dashboard of SES.")
    if not account["ProductionAccessEnabled"]:
        lines.append(
            "SES: the account is in the sandbox, where only verified addresses get mail; request production access in "
            "the console of SES before the first campaign."
        )
    elif rate > 2 * stage.ses_rate or rate < stage.ses_rate / 2:
        lines.append(f"SES: deploy with -c ses_rate={rate:g}, so that there are as many senders as this rate needs.")
    return lines


def _sender_identity(ses: Any, stage: Stage) -> list[str]:
    """Return the problems of the identity of the sender of confirmation mails."""
    address = stage.system_sender_email
    if not address:
        return [
            "SES: no sender of confirmation mails; set it with -c system_sender_email=… when its domain is verified."
        ]
    names = (address, address.rpartition("@")[2])
    if any(_is_verified(ses, name) for name in names):
        return []
    return [
        f"SES: neither {names[0]} nor {names[1]} is a verified identity in this region, so that no confirmation mail can "
        "leave; create the identity of the domain in SES and publish its DKIM records."
    ]


def _is_verified(ses: Any, name: str) -> bool:
    try:
        return bool(ses.get_email_identity(EmailIdentity=name)["VerifiedForSendingStatus"])
    except ses.exceptions.NotFoundException:
        return False


def _stage(arguments: Sequence[str]) -> Stage:
    """Return the stage that the CDK will take from the same arguments."""
    parser = argparse.ArgumentParser()
    parser.add_argument("-c", "--context", action="append", default=[])
    settings, _ = parser.parse_known_args(arguments)
    context = dict(item.partition("=")[::2] for item in settings.context)
    if context.get("stage", "prod") not in STAGES:
        sys.exit(f"Unknown stage {context['stage']}: use one of {', '.join(STAGES)} (infra/stages.py).")
    return stage_from(context.get)


def main(arguments: Sequence[str]) -> None:
    print(target_text())
    if arguments:  # of a deployment
        print(*capacity_lines(_stage(arguments)), sep="\n")


if __name__ == "__main__":
    main(sys.argv[1:])
