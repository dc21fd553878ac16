"""Exports: a file with the chosen contacts, available to its account for some days."""

import csv
import io
from datetime import timedelta

import httpx
import pytest

from postrider import bootstrap
from postrider.exports.service import ExportContactsJob
from postrider.kit.errors import Invalid
from postrider.kit.settings import names
from postrider.tasks.model import TaskType
from postrider.tasks.queue_messages import RunTaskPart
from postrider.tasks.runner import TaskRunner
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.campaigns import add_contacts
from tests.testing.factories.lists import make_list


@pytest.fixture
def owner(platform):
    return make_owner()


@pytest.fixture
def list_id(owner):
    list_id = make_list(owner)
    owner.api.post(f"/lists/{list_id}/custom-attributes", json={"name": "note", "type": "text"})
    for number, note in enumerate(["=1+1", "plain", None]):
        attributes = [{"name": "note", "value": note}] if note else []
        body = {"email": f"p{number}@example.com", "custom_attributes": attributes}
        assert owner.api.post(f"/lists/{list_id}/contacts", json=body).status == 201
    return list_id


def rows_of(owner, list_id, export_id):
    answer = owner.api.get(f"/lists/{list_id}/exports/{export_id}/download")
    assert answer.status == 200, answer.text
    text = httpx.get(answer.json["data"]["url"]).text
    return list(csv.DictReader(io.StringIO(text)))


def test_an_export_becomes_a_file_and_shows_its_progress(owner, list_id, platform):
    created = owner.api.post(f"/lists/{list_id}/exports", query={"description": "All"})
    assert (created.status, created.json["object"], created.json["data"]["status"]) == (201, "task", "pending")
    export_id = created.json["id"]
    assert owner.api.get(f"/lists/{list_id}/exports/{export_id}/download").status == 400
    assert owner.api.get(f"/tasks/{export_id}").json["data"]["progress"] == 0
    platform.drain()
    shown = owner.api.get(f"/lists/{list_id}/exports/{export_id}").json["data"]
    assert (shown["status"], shown["progress"], shown["description"]) == ("ready", 100, "All")
    task = owner.api.get(f"/tasks/{export_id}").json["data"]
    assert (task["status"], task["type"], task["requested_by"]["email"]) == ("ready", "contactsexport", owner.email)
    rows = rows_of(owner, list_id, export_id)
    assert [row["email"] for row in rows] == ["p0@example.com", "p1@example.com", "p2@example.com"]
    assert [row["note"] for row in rows] == ["'=1+1", "plain", ""]


@pytest.mark.parametrize(
    "query",
    [
        {"query": '`note` = "plain"'},
        {"fiql": "note==plain"},
        {"json": '{"eq":{"note":"plain"}}'},
        {"filter": "email==p1@example.com"},
    ],
)
def test_a_selection_chooses_the_rows(owner, list_id, platform, query):
    export_id = owner.api.post(f"/lists/{list_id}/exports", query=query).json["id"]
    platform.drain()
    assert [row["email"] for row in rows_of(owner, list_id, export_id)] == ["p1@example.com"]


def test_a_segment_chooses_the_rows(owner, list_id, platform):
    body = {"name": "s", "query": '`email` LIKE "p2%"'}
    segment_id = owner.api.post(f"/lists/{list_id}/segments", json=body).json["id"]
    export_id = owner.api.post(f"/lists/{list_id}/exports", query={"segment_id": segment_id}).json["id"]
    platform.drain()
    assert [row["email"] for row in rows_of(owner, list_id, export_id)] == ["p2@example.com"]


@pytest.mark.parametrize(
    ("query", "place"),
    [({"query": "`nope` = 1"}, "query"), ({"query": "(", "fiql": "x"}, "fiql"), ({"segment_id": 99999}, "segment_id")],
)
def test_a_wrong_selection_is_refused_and_nothing_started(owner, list_id, query, place):
    answer = owner.api.post(f"/lists/{list_id}/exports", query=query)
    assert (answer.status, answer.json["detail"][0]["loc"]) == (400, ["query", place])
    assert owner.api.get(f"/lists/{list_id}/exports").json["data"] == []


def test_the_export_of_an_empty_list_has_a_header_only(owner, platform):
    list_id = make_list(owner)
    export_id = owner.api.post(f"/lists/{list_id}/exports").json["id"]
    platform.drain()
    assert rows_of(owner, list_id, export_id) == []


def test_a_deleted_or_expired_export_is_not_downloaded(owner, list_id, platform):
    first, second = (owner.api.post(f"/lists/{list_id}/exports").json["id"] for _ in range(2))
    platform.drain()
    url = owner.api.get(f"/lists/{list_id}/exports/{first}/download").json["data"]["url"]
    deleted = owner.api.delete(f"/lists/{list_id}/exports/{first}").json
    assert (deleted["object"], deleted["data"]["status"]) == ("contactsexport", "deleted")
    assert [owner.api.get(f"/tasks/{number}").json["data"]["progress"] for number in (first, second)] == [100, 100]
    assert httpx.get(url).status_code == 404
    assert owner.api.get(f"/lists/{list_id}/exports/{first}/download").status == 400
    platform.clock.move(timedelta(days=4, hours=23))
    assert owner.api.get(f"/lists/{list_id}/exports/{second}/download").status == 200
    platform.clock.move(timedelta(hours=2))
    with pytest.raises(Invalid, match="expired"):
        bootstrap.exports().download_url(owner.account_id, list_id, second)


def test_an_export_deleted_as_a_task_has_no_file_either(owner, list_id, platform):
    export_id = owner.api.post(f"/lists/{list_id}/exports").json["id"]
    platform.drain()
    url = owner.api.get(f"/lists/{list_id}/exports/{export_id}/download").json["data"]["url"]
    assert owner.api.delete(f"/tasks/{export_id}").json["data"]["status"] == "deleted"
    assert httpx.get(url).status_code == 404


class DeletedMeanwhile(ExportContactsJob):
    """The export is deleted just before one of its steps ends."""

    def __init__(self, step):
        super().__init__(
            bootstrap.contacts(),
            bootstrap.contact_names(),
            bootstrap.segments(),
            bootstrap.filter_evaluator(),
            bootstrap.export_files(),
            bootstrap.pending_imports(),
            bootstrap.suppressions(),
        )
        self.step = step

    def run(self, task, part):
        outcome = super().run(task, part)
        return self.deleted(task, "run", outcome)

    def finish(self, task, outcomes):
        result = super().finish(task, outcomes)
        return self.deleted(task, "finish", result)

    def deleted(self, task, step, result):
        if step == self.step:
            bootstrap.task_runner().delete(task.account_id, task.id)
        return result


@pytest.mark.parametrize("step", ["run", "finish"])
def test_an_export_that_is_deleted_during_its_task_leaves_no_files(owner, list_id, platform, step):
    export_id = owner.api.post(f"/lists/{list_id}/exports").json["id"]
    runner = TaskRunner(
        bootstrap.tasks(), bootstrap.queue(), {TaskType.CONTACTS_EXPORT: lambda: DeletedMeanwhile(step)}
    )
    for block in bootstrap.contacts().blocks_of(owner.account_id, list_id):
        runner.run(RunTaskPart(account_id=owner.account_id, task_id=export_id, part=f"{block:016d}"))
    platform.drain()
    assert owner.api.get(f"/tasks/{export_id}").json["data"]["status"] == "deleted"
    listed = platform.aws.client("s3").list_objects_v2(Bucket=names().bucket, Prefix=f"exports/{owner.account_id}/")
    assert listed["KeyCount"] == 0


def test_an_export_of_a_segment_that_is_deleted_meanwhile_fails_at_once(owner, list_id, platform):
    segment_id = owner.api.post(f"/lists/{list_id}/segments", json={"name": "s"}).json["id"]
    export_id = owner.api.post(f"/lists/{list_id}/exports", query={"segment_id": segment_id}).json["id"]
    owner.api.delete(f"/lists/{list_id}/segments/{segment_id}")
    assert platform.drain().failed == []
    assert owner.api.get(f"/lists/{list_id}/exports/{export_id}").json["data"]["status"] == "failed"
    assert owner.api.get(f"/tasks/{export_id}").json["data"]["status"] == "error"
    assert owner.api.get(f"/lists/{list_id}/exports/{export_id}/download").status == 400


def test_exports_are_listed_by_list_sorted_and_filtered(owner, list_id, platform):
    other = make_list(owner)
    add_contacts(owner, other, "x@example.com")
    ids = []
    for target in (list_id, list_id, other):
        ids.append(owner.api.post(f"/lists/{target}/exports").json["id"])
        platform.clock.move(timedelta(seconds=2))
    found = owner.api.get(f"/lists/{list_id}/exports", query={"sort": "-created_on", "with_count": 1}).json
    assert [export["id"] for export in found["data"]] == [ids[1], ids[0]]
    assert found["pagination"]["count"] == 2
    assert owner.api.get(f"/lists/{other}/exports/{ids[0]}").status == 400
    tasks = owner.api.get("/tasks", query={"filter": f"list_id=={other}"}).json["data"]
    assert [task["id"] for task in tasks] == [ids[2]]
