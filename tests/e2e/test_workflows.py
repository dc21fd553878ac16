"""A workflow end to end on the deployed stack: executions of the state machine sleep, wake up and send."""

import time
from typing import Any

import pytest

from infra.local import demo, demo_workflow


@pytest.fixture(scope="module")
def api(local_stack: Any, deployment: Any) -> demo.Api:
    api = demo.Api(deployment.url)
    api.log_in(deployment.email, deployment.password)
    return api


def test_each_of_three_people_gets_the_mails_of_the_tree_once(api: demo.Api, deployment: Any, local_stack: Any) -> None:
    """One opens and clicks, one does nothing, one leaves; the log and the report agree with the inbox."""
    machine = local_stack.standin.client("stepfunctions")
    (arn,) = [one["stateMachineArn"] for one in machine.list_state_machines()["stateMachines"]]
    others = {one["executionArn"] for one in machine.list_executions(stateMachineArn=arn)["executions"]}
    sender_id = demo.confirmed_sender(api, deployment.email)
    walked = demo_workflow.run(api, sender_id)
    assert walked["mails"] == {person: sorted(mails) for person, mails in demo_workflow.EXPECTED.items()}
    for action_id, sent in zip(walked["action_ids"], (3, 1, 1), strict=True):
        at = f"workflows/{walked['workflow_id']}/actions/{action_id}"
        demo.wait_for(
            "the report", lambda at=at, sent=sent: api.call("GET", f"/reports/{at}")["data"]["sent_emails"] == sent
        )
        assert len(api.call("GET", f"/logs/{at}", filter="type==sent")["data"]) == sent
    assert api.call("GET", f"/workflows/{walked['workflow_id']}/contacts")["data"] == []
    executions = [
        one for one in machine.list_executions(stateMachineArn=arn)["executions"] if one["executionArn"] not in others
    ]
    assert executions
    demo.wait_for(
        "the executions to end",
        lambda: not machine.list_executions(stateMachineArn=arn, statusFilter="RUNNING")["executions"],
    )
    assert {one["status"] for one in executions} <= {"SUCCEEDED", "RUNNING"}


def test_deactivation_stops_what_waits_and_its_execution(api: demo.Api, deployment: Any, local_stack: Any) -> None:
    sender_id = demo.confirmed_sender(api, deployment.email)
    list_id = int(api.call("POST", "/lists", {"name": "Stopped", "default_sender": {"id": sender_id}})["id"])
    api.call("POST", f"/lists/{list_id}/accept-policy")
    workflow_id, _ = demo_workflow.active_workflow(api, list_id, sender_id)
    emails = demo_workflow.enter(api, list_id)
    first = {person: ["Welcome"] for person in emails}
    demo.wait_for("the first mails", lambda: demo_workflow.subjects(api, emails) == first)
    demo.wait_for("the wait", lambda: api.call("GET", f"/workflows/{workflow_id}/contacts")["data"])
    api.call("POST", f"/workflows/{workflow_id}/deactivate")
    time.sleep(demo_workflow.DELAY_S + 5)
    assert demo_workflow.subjects(api, emails) == first
