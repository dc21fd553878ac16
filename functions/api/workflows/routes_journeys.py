"""Contacts in workflows over HTTP: start, list, remove."""

from typing import Annotated

from functions.api.workflows.parameters import WorkflowId, number
from functions.api.workflows.schemas_journeys import (
    RemoveContactFromWorkflowResponse,
    StartWorkflow,
    StartWorkflowResponse,
    WorkflowContactResponse,
    WorkflowContactsResponse,
)
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.dialect import MAIN
from postrider.http.main.paging import UncountedPageRequest
from postrider.http.main.wire import ContactId
from postrider.journeys.service import JourneyService
from postrider.kit.clock import unix
from postrider.usecases.enter_workflow_by_call import WorkflowEntryByCall

operations = Operations("Workflow", MAIN)
Start = Annotated[WorkflowEntryByCall, Depends(bootstrap.workflow_entry_by_call)]
Journeys = Annotated[JourneyService, Depends(bootstrap.journeys)]
Reader = Annotated[Caller, Depends(needs("workflows:read"))]
Writer = Annotated[Caller, Depends(needs("workflows:write"))]


@operations.post("/workflows/{workflow_id}/start", "Start a workflow for contacts")
def start_workflow(caller: Writer, start: Start, workflow_id: WorkflowId, body: StartWorkflow) -> StartWorkflowResponse:
    """Let contacts enter an active workflow with the trigger `manual`, by ids or by one of query, fiql and json.

    At most 1,024 ids in one call. Contacts of an expression enter in the background, by a task. Contacts that are in the
    workflow already, are not active, or are not in its segment do not enter. Refused with 400: an inactive workflow or
    another trigger, and unknown ids. A lock has no effect, since it only protects the workflow and its actions.
    """
    task = start.start(
        caller,
        number(workflow_id),
        contact_ids=body.contact_ids or (),
        expressions={"query": body.query, "fiql": body.fiql, "json": body.json_},
    )
    return StartWorkflowResponse(
        id=workflow_id, object="workflow", started=True, task_id=None if task is None else task.id
    )


@operations.get("/workflows/{workflow_id}/contacts", "List the contacts that wait in a workflow")
def list_workflow_contacts(
    caller: Reader, journeys: Journeys, workflow_id: WorkflowId, paging: UncountedPageRequest
) -> WorkflowContactsResponse:
    """Return a page of the contacts that wait for an action, by action and in order of their due moments.

    A contact may wait for several actions. Contacts whose mail is being sent, and contacts that have left the workflow, are
    not listed.
    """
    paging.check()
    contacts = journeys.page(caller.account_id, number(workflow_id), number=paging.page, per_page=paging.per_page)
    return WorkflowContactsResponse(
        pagination=paging.pagination(),
        data=[
            WorkflowContactResponse(
                contact_id=contact.contact_id,
                email=contact.email,
                action_id=str(contact.action_id),
                entry=contact.entry,
                entered_on=unix(contact.entered_at),
                since=unix(contact.since),
                due_on=unix(contact.due_at),
            )
            for contact in contacts
        ],
    )


@operations.post("/workflows/{workflow_id}/contacts/{contact_id}/remove", "Remove a contact from a workflow")
def remove_contact_from_workflow(
    caller: Writer, journeys: Journeys, workflow_id: WorkflowId, contact_id: ContactId
) -> RemoveContactFromWorkflowResponse:
    """Remove a contact from a workflow: mails for which it waits are not sent. It may enter again by a later event.

    Refused with 400 if the contact is not in the workflow.
    """
    journeys.remove(caller.account_id, number(workflow_id), contact_id)
    return RemoveContactFromWorkflowResponse(id=contact_id, object="contact", removed=True)
