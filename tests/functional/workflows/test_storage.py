"""Storage of workflows: reads, queries and refused writes."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from postrider.kit.errors import Invalid, NotFound
from postrider.workflows.model import Action, ActionCondition, Trigger, Workflow, WorkflowStatus
from tests.conftest import Platform

NOW = datetime(2026, 11, 30, tzinfo=UTC)


def workflow_of(account_id: str, workflow_id: int, list_id: int = 3) -> Workflow:
    return Workflow(
        id=workflow_id,
        account_id=account_id,
        list_id=list_id,
        trigger=Trigger.SUBSCRIBED,
        created_at=NOW,
        updated_at=NOW,
    )


def action_of(workflow: Workflow, action_id: int, parent_id: int | None = None) -> Action:
    return Action(
        id=action_id,
        account_id=workflow.account_id,
        workflow_id=workflow.id,
        name=f"Mail {action_id}",
        condition=ActionCondition.OPENED if parent_id else ActionCondition.NONE,
        delay_s=60,
        created_at=NOW,
        updated_at=NOW,
        parent_id=parent_id,
    )


def test_an_active_workflow_is_found_by_its_list_and_trigger(platform: Platform) -> None:
    """Every new contact asks for the workflows of its list, and most lists have none."""
    from postrider import bootstrap
    from postrider.workflows.repository import WorkflowRepository

    repository, service = (
        WorkflowRepository(bootstrap.object_store(), bootstrap.event_subscribers()),
        bootstrap.workflows(),
    )
    workflow = workflow_of("stored-1", 900_001)
    root, child = action_of(workflow, 900_011), action_of(workflow, 900_012, parent_id=900_011)
    repository.add(workflow, [root, child])
    assert service.get("stored-1", workflow.id) == workflow
    assert service.actions("stored-1", workflow.id) == [root, child]
    assert service.action_by_id("stored-1", child.id) == child
    assert service.active_of_list("stored-1", 3, Trigger.SUBSCRIBED) == []

    active = repository.change(
        workflow, replace(workflow, status=WorkflowStatus.ACTIVE, activation=1, segment_id=8), sender_ids=["s1"]
    )
    assert service.active_of_list("stored-1", 3, Trigger.SUBSCRIBED) == [active]
    assert service.active_of_list("stored-1", 3, Trigger.UNSUBSCRIBED) == []
    assert service.active_of_list("stored-1", 4, Trigger.SUBSCRIBED) == []
    assert service.active_of_list("stored-2", 3, Trigger.SUBSCRIBED) == []
    assert service.active_with_list("stored-1", 3) == active
    assert service.active_with_segment("stored-1", 3, 8) == active
    assert service.active_with_segment("stored-1", 3, 9) is None
    assert service.active_with_sender("stored-1", "s1") == active
    assert service.active_with_sender("stored-1", "s2") is None

    stopped = repository.change(active, replace(active, status=WorkflowStatus.INACTIVE))
    assert service.active_of_list("stored-1", 3, Trigger.SUBSCRIBED) == []
    repository.delete(stopped, [root, child])
    assert service.actions("stored-1", workflow.id) == []
    with pytest.raises(NotFound):
        service.action_by_id("stored-1", root.id)


def test_the_second_change_of_a_version_is_refused(platform: Platform) -> None:
    """The rules of a tree are checked on the read state, so that no concurrent change of the tree is possible."""
    from postrider import bootstrap
    from postrider.workflows.repository import WorkflowRepository

    repository = WorkflowRepository(bootstrap.object_store(), bootstrap.event_subscribers())
    workflow = workflow_of("stored-3", 900_002)
    repository.add(workflow)
    repository.change(workflow, workflow, actions=[action_of(workflow, 900_021)])
    with pytest.raises(Invalid, match="modified concurrently"):
        repository.change(workflow, workflow, actions=[action_of(workflow, 900_022)])
    assert [action.id for action in repository.actions("stored-3", workflow.id)] == [900_021]


def test_a_list_without_workflows_costs_one_small_query(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> None:
    """The query runs for each contact that subscribes; workflows on other lists do not change its cost."""
    from botocore.client import BaseClient

    from postrider import bootstrap
    from postrider.workflows.repository import WorkflowRepository

    repository = WorkflowRepository(bootstrap.object_store(), bootstrap.event_subscribers())
    for number in range(3):
        workflow = workflow_of("stored-4", 900_100 + number, list_id=5)
        repository.add(workflow)
        repository.change(workflow, replace(workflow, status=WorkflowStatus.ACTIVE))
    calls: list[str] = []
    call = BaseClient._make_api_call

    def counted(client: BaseClient, operation: str, parameters: dict[str, object]) -> object:
        calls.append(operation)
        return call(client, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", counted)
    assert bootstrap.workflows().active_of_list("stored-4", 4, Trigger.SUBSCRIBED) == []
    assert calls == ["Query"]
    assert len(bootstrap.workflows().active_of_list("stored-4", 5, Trigger.SUBSCRIBED)) == 3
    assert calls == ["Query", "Query", "BatchGetItem"]
