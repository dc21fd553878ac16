"""Tasks over HTTP: /tasks."""

from typing import Annotated

from functions.api.insights.schemas_tasks import ListTasksResponse, TaskFullResponse, TaskResponse
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.dialect import MAIN
from postrider.http.main.listing import listing
from postrider.http.main.paging import PageRequest
from postrider.http.main.tasks import TASK_TYPES, is_listed, options_of, task_word_of
from postrider.http.main.wire import Filter, Sort, TaskId
from postrider.kit.clock import unix
from postrider.kit.errors import NotFound
from postrider.tasks.model import Task
from postrider.tasks.runner import TaskRunner
from postrider.tasks.service import TaskService

operations = Operations("Task", MAIN)
Tasks = Annotated[TaskService, Depends(bootstrap.tasks)]
Runner = Annotated[TaskRunner, Depends(bootstrap.task_runner)]
Reader = Annotated[Caller, Depends(needs("tasks:read"))]
Writer = Annotated[Caller, Depends(needs("tasks:write"))]
SORTS = {"status": "status", "created_on": "created_at", "expires_on": "expires_at"}
FILTERS = ("type", "status", "list_id", "progress")


def _full(task: Task) -> TaskFullResponse:
    return TaskFullResponse.model_validate(
        {
            "id": task.id,
            "status": task.status,
            "created_on": unix(task.created_at),
            "expires_on": unix(task.expires_at),
            "progress": task.progress,
            "stalled": task.is_stalled(bootstrap.clock()()),
            "requested_by": task.requested_by,
            "type": task_word_of(task.type),
            "description": task.description,
            "payload": options_of(task),
        }
    )


def _listed_task(tasks: TaskService, account_id: str, task_id: str) -> Task:
    task = tasks.get(account_id, task_id)
    if not is_listed(task):
        raise NotFound("Unknown task.", code="task_not_found", field="task_id")
    return task


@operations.get("/tasks", "List tasks")
def list_tasks(
    caller: Reader, tasks: Tasks, paging: PageRequest, sort: Sort = None, filter_text: Filter = None
) -> ListTasksResponse:
    """Return a page of the account's tasks: imports, exports and changes of many contacts.

    Filterable by type, status, list_id and progress; sortable by status, created_on and expires_on.
    """
    pagination, items = listing(
        [task for task in tasks.all(caller.account_id) if is_listed(task)],
        paging,
        sort=sort,
        sorts=SORTS,
        filter_text=filter_text,
        filters=FILTERS,
        words={"type": TASK_TYPES},
    )
    return ListTasksResponse(pagination=pagination, data=[_full(task) for task in items])


@operations.get("/tasks/{task_id}", "Show a task")
def get_task(caller: Reader, tasks: Tasks, task_id: TaskId) -> TaskResponse:
    """Return one task with its progress."""
    return TaskResponse(data=_full(_listed_task(tasks, caller.account_id, task_id)))


@operations.delete("/tasks/{task_id}", "Delete a task")
def delete_task(caller: Writer, tasks: Tasks, runner: Runner, task_id: TaskId) -> TaskResponse:
    """Delete a task and its files; a running task stops."""
    _listed_task(tasks, caller.account_id, task_id)
    return TaskResponse(data=_full(runner.delete(caller.account_id, task_id)))
