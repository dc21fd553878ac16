"""The end of a task: repeating it completes it wherever it was interrupted; then only the result is left."""

import itertools
from datetime import timedelta

import httpx
import pytest
from botocore.exceptions import ClientError

from postrider import bootstrap
from postrider.contacts.model import BLOCK_SIZE, Status
from postrider.contacts.repository import ContactRepository
from postrider.exports.service import ExportContactsJob
from postrider.imports import csv_file
from postrider.imports.file_imports import FileOptions
from postrider.imports.uploads import CUT
from postrider.kit.settings import names
from postrider.tasks.model import SILENT, TaskType
from postrider.tasks.queue_messages import RunTaskPart
from postrider.tasks.runner import TaskRunner
from tests.functional.imports.test_crashes import Crash, Killer
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.campaigns import add_contacts
from tests.testing.factories.lists import make_list


@pytest.fixture(scope="module")
def owner(platform):
    return make_owner()


def run(owner, task_id, part):
    bootstrap.task_runner().run(RunTaskPart(account_id=owner.account_id, task_id=task_id, part=part))


def run_as_a_queue_does(owner, task_id, part) -> bool:
    """Run a part, and once more if it was interrupted; return whether it was."""
    try:
        run(owner, task_id, part)
    except (Crash, ClientError):  # the latter when a file that was written already could not be given up
        run(owner, task_id, part)
        return True
    return False


def begin_export(owner, list_id):
    """The task and its parts."""
    export_id = owner.api.post(f"/lists/{list_id}/exports").json["id"]
    return export_id, [f"{block:016d}" for block in bootstrap.contacts().blocks_of(owner.account_id, list_id)]


def begin_import(owner, list_id, text):
    """The task, cut already, and its parts."""
    upload_id, form = bootstrap.file_imports().offer_upload(owner.account_id, list_id)
    bootstrap.object_store().put(form.fields["key"], text.encode())
    task = bootstrap.file_imports().start(owner.account_id, list_id, upload_id, FileOptions())
    run(owner, task.id, CUT)
    return task.id, [f"{number:06d}" for number in range(csv_file.count_parts(len(text)))]


def result_of(owner, task_id):
    task = bootstrap.tasks().get(owner.account_id, task_id)
    return task.status, task.result


def objects_of(platform, owner):
    listed = platform.aws.client("s3").list_objects_v2(Bucket=names().bucket)
    return {entry["Key"] for entry in listed.get("Contents", []) if f"/{owner.account_id}/" in entry["Key"]}


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_an_export_that_is_cut_off_at_any_call_of_its_last_part_ends_with_its_file(owner, platform, monkeypatch, after):
    list_id = make_list(owner)
    add_contacts(owner, list_id, "a@example.com")
    ContactRepository().ids.allocate(owner.account_id, list_id, BLOCK_SIZE - 1, platform.clock())
    add_contacts(owner, list_id, "b@example.com")
    killer = Killer(monkeypatch)
    for at in itertools.count(1):
        killer.disarm()
        before = objects_of(platform, owner)
        export_id, (first, last) = begin_export(owner, list_id)
        run(owner, export_id, first)
        killer.arm(at, after=after)
        cut_off = run_as_a_queue_does(owner, export_id, last)
        killer.disarm()
        assert result_of(owner, export_id) == ("ready", {"rows": 2}), at
        assert len(objects_of(platform, owner) - before) == 1, at
        url = owner.api.get(f"/lists/{list_id}/exports/{export_id}/download").json["data"]["url"]
        assert httpx.get(url).text.count("@example.com") == 2, at
        if not cut_off:
            assert at > 10
            return


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_an_import_that_is_cut_off_at_any_call_of_its_last_part_ends_with_its_report(
    owner, platform, monkeypatch, after
):
    list_id = make_list(owner)
    killer = Killer(monkeypatch)
    for at in itertools.count(1):
        killer.disarm()
        before = objects_of(platform, owner)
        import_id, parts = begin_import(owner, list_id, f"email\na{at}@example.com\nnobody\nb{at}@example.com\n")
        killer.arm(at, after=after)
        cut_off = run_as_a_queue_does(owner, import_id, parts[0])
        killer.disarm()
        status, result = result_of(owner, import_id)
        counts = {name: result[name] for name in ("rows", "created", "updated", "deleted", "refused")}
        assert (status, counts) == ("ready", {"rows": 3, "created": 2, "updated": 0, "deleted": 0, "refused": 1}), at
        assert bootstrap.contacts().counts(owner.account_id, list_id)[Status.ACTIVE] == 2 * at, at
        assert len(objects_of(platform, owner) - before) == 1, at
        assert "nobody" in httpx.get(bootstrap.file_imports().errors_url(owner.account_id, import_id)).text, at
        if not cut_off:
            assert at > 10
            return


def export_job(**steps):
    """Return a job of exports with some of its steps replaced."""
    job = type("Job", (ExportContactsJob,), steps)
    return job(
        bootstrap.contacts(),
        bootstrap.contact_names(),
        bootstrap.segments(),
        bootstrap.filter_evaluator(),
        bootstrap.export_files(),
        bootstrap.pending_imports(),
        bootstrap.suppressions(),
    )


def run_with(job, owner, task_id, part):
    runner = TaskRunner(bootstrap.tasks(), bootstrap.queue(), {TaskType.CONTACTS_EXPORT: lambda: job})
    runner.run(RunTaskPart(account_id=owner.account_id, task_id=task_id, part=part))


def test_the_slower_of_two_workers_that_finish_a_task_changes_nothing(owner, platform):
    list_id = make_list(owner)
    add_contacts(owner, list_id, "a@example.com")
    export_id, parts = begin_export(owner, list_id)
    before = objects_of(platform, owner)

    def finish(job, task, outcomes):
        run(owner, export_id, parts[0])
        return ExportContactsJob.finish(job, task, outcomes)

    run_with(export_job(finish=finish), owner, export_id, parts[0])
    assert result_of(owner, export_id) == ("ready", {"rows": 1})
    assert len(objects_of(platform, owner) - before) == 1


def test_an_export_fails_if_its_list_is_deleted_before_its_end(owner, platform):
    list_id = make_list(owner)
    add_contacts(owner, list_id, "a@example.com")
    export_id, parts = begin_export(owner, list_id)

    def finish(job, task, outcomes):
        owner.api.delete(f"/lists/{list_id}")
        return ExportContactsJob.finish(job, task, outcomes)

    run_with(export_job(finish=finish), owner, export_id, parts[0])
    assert result_of(owner, export_id)[0] == "error"


def test_the_second_import_of_an_upload_reports_that_the_file_is_gone(owner, platform):
    list_id = make_list(owner)
    text = "email\na@example.com\n"
    first, parts = begin_import(owner, list_id, text)
    upload_id = bootstrap.tasks().get(owner.account_id, first).payload["key"].split("/")[-1].removesuffix(".csv")
    second = bootstrap.file_imports().start(owner.account_id, list_id, upload_id, FileOptions()).id
    run(owner, first, parts[0])
    run(owner, second, CUT)
    assert result_of(owner, first)[0] == "ready"
    assert result_of(owner, second) == ("error", {"reason": "A file of the task is missing; start the task again."})


def test_a_task_is_shown_as_stalled_while_none_of_its_parts_is_finished(owner, platform):
    list_id = make_list(owner)
    add_contacts(owner, list_id, f"reader.{owner.account_id}@example.com")
    task_id, _ = begin_export(owner, list_id)

    def stalled():
        answer = owner.api.get(f"/tasks/{task_id}")
        assert answer.status == 200, answer.text
        return answer.json["data"]["stalled"]

    assert stalled() is False
    platform.clock.move(SILENT + timedelta(seconds=1))
    assert stalled() is True
    platform.drain("run-tasks")
    assert stalled() is False
