"""Alarms on EventBridge Scheduler."""

from datetime import timedelta
from typing import Any

import pytest
from botocore.stub import Stubber

from postrider.adapters.scheduler import EventBridgeScheduler
from postrider.aws.clients import client
from postrider.delivery.queue_messages import PLAN_QUEUE, StartRun
from postrider.kit.settings import names
from postrider.mail_events.source import MailSource
from postrider.ports.scheduler import SchedulerRefused
from tests.conftest import Platform

ORDER = StartRun(account_id="7", source=MailSource.campaign(12))


@pytest.fixture
def schedules(platform: Platform) -> Any:
    return platform.aws.client("scheduler")


def test_an_alarm_is_put_moved_and_removed(platform: Platform, schedules: Any) -> None:
    moment = platform.clock() + timedelta(days=2)
    scheduler = EventBridgeScheduler()
    scheduler.put("campaign-12", moment, PLAN_QUEUE, ORDER)
    scheduler.put("campaign-12", moment + timedelta(hours=1), PLAN_QUEUE, ORDER)
    stored = schedules.get_schedule(Name="campaign-12", GroupName=names().schedule_group)
    assert stored["ScheduleExpression"] == f"at({moment + timedelta(hours=1):%Y-%m-%dT%H:%M:%S})"
    assert stored["Target"]["Input"] == ORDER.model_dump_json()
    assert stored["ActionAfterCompletion"] == "DELETE"
    scheduler.remove("campaign-12")
    scheduler.remove("campaign-12")
    with pytest.raises(schedules.exceptions.ResourceNotFoundException):
        schedules.get_schedule(Name="campaign-12", GroupName=names().schedule_group)


def test_a_moment_that_the_scheduler_refuses_is_told_as_such(platform: Platform) -> None:
    """AWS refuses a moment in the past; the stand-in does not."""
    scheduler = EventBridgeScheduler()
    with Stubber(client("scheduler")) as aws:
        aws.add_client_error("create_schedule", "ValidationException", "The expression is in the past.")
        with pytest.raises(SchedulerRefused, match="in the past"):
            scheduler.put("campaign-13", platform.clock(), PLAN_QUEUE, ORDER)
        aws.add_client_error("delete_schedule", "ThrottlingException")
        scheduler.remove("campaign-13")
