"""Imports of CSV files: uploaded, cut, written part by part; consent, bad rows and repeats as with other imports."""

import csv
import io
import urllib.request

import pytest

from postrider import bootstrap
from postrider.contacts import rules
from postrider.contacts.model import Status
from postrider.contacts.repository import ContactRepository
from postrider.imports import csv_file, files
from postrider.imports.files import CUT, FileOptions
from postrider.kit.errors import Invalid, NotFound
from postrider.kit.settings import names
from postrider.tasks.repository import TaskRepository
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.lists import make_list
from tests.testing.names import named


@pytest.fixture(scope="module")
def owner(platform):
    return make_owner()


@pytest.fixture
def list_id(owner):
    return make_list(owner)


@pytest.fixture
def load(owner, list_id, platform):
    """Upload and import text; the finished task."""

    def load(text, **options):
        upload_id = upload(owner, list_id, text if isinstance(text, bytes) else text.encode())
        task = bootstrap.file_imports().start(owner.account_id, list_id, upload_id, FileOptions(**options))
        drained = platform.drain("run-tasks")
        assert drained.failed == []
        return bootstrap.tasks().get(owner.account_id, task.id)

    return load


def upload(owner, list_id, raw):
    upload_id, form = bootstrap.file_imports().offer_upload(owner.account_id, list_id)
    bootstrap.objects().put(form.fields["key"], raw)
    return upload_id


def people(owner, list_id):
    contacts = bootstrap.contacts()
    return {
        contact.email: contact
        for block in contacts.blocks_of(owner.account_id, list_id)
        for contact in contacts.block_contacts(owner.account_id, list_id, block)
    }


def test_a_file_is_imported_with_attributes_and_tags(owner, list_id, load):
    task = load(
        '\ufeffE-Mail;age;Tags;"Full Name"\r\nA@example.com;42;vip, new;"Ann\r\nB."\r\nb@example.com;;;\r\n\r\n',
        columns={"Tags": "tags", "age": "years", "Full Name": None},
        tags=["file"],
        create_attributes=True,
    )
    assert (task.status, task.progress) == ("ready", 100)
    assert task.result == {"rows": 2, "created": 2, "updated": 0, "deleted": 0, "refused": 0}
    found = people(owner, list_id)
    assert named(found["A@example.com"]).attributes == {"years": "42"}
    assert named(found["A@example.com"]).groups == {"vip", "new", "file"}
    assert named(found["b@example.com"]).groups == {"file"}


def test_many_parts_make_each_contact_once(owner, list_id, load, monkeypatch):
    monkeypatch.setattr(csv_file, "PART_BYTES", 2000)
    emails = [f"person{number}@example.com" for number in range(600)]
    task = load("email\n" + "\n".join([*emails, *emails[:50]]))
    assert task.result["created"] == 600
    assert sorted(people(owner, list_id)) == sorted(emails)
    assert bootstrap.contacts().counts(owner.account_id, list_id)[Status.ACTIVE] == 600


def test_bad_rows_beyond_those_that_are_kept_are_not_left_behind(owner, list_id, load, platform, monkeypatch):
    monkeypatch.setattr(csv_file, "PART_BYTES", 20)
    monkeypatch.setattr(files, "MAX_PARTS_WITH_REFUSED_ROWS", 1)
    task = load("email\nnobody at all\nneither is this\n")
    assert task.result["refused"] == 2
    prefix = f"imports/{owner.account_id}/{task.id}/"
    listed = platform.aws.client("s3").list_objects_v2(Bucket=names().bucket, Prefix=prefix)
    assert [entry["Key"] for entry in listed["Contents"]] == [f"{prefix}refused.csv"]


def test_bad_rows_are_in_a_file_with_their_numbers(owner, list_id, load, monkeypatch):
    monkeypatch.setattr(csv_file, "PART_BYTES", 60)
    rows = [
        "a@example.com",
        "=cmd|' /C calc'!A0",
        "b@example.com",
        "c@example.com,too,many",
        "x\0@example.com",
        "nobody",
    ]
    task = load("email\n" + "\n".join(rows) + "\n")
    assert (task.result["rows"], task.result["created"], task.result["refused"]) == (6, 2, 4)
    url = bootstrap.file_imports().errors_url(owner.account_id, task.id)
    with urllib.request.urlopen(url) as answer:
        refused = list(csv.reader(io.StringIO(answer.read().decode())))
    assert [row[0] for row in refused] == ["row", "2", "4", "5", "6"]
    assert refused[1][1] == "'=cmd|' /C calc'!A0"
    with pytest.raises(NotFound):
        bootstrap.file_imports().errors_url("999", task.id)


@pytest.mark.parametrize("target", [Status.ACTIVE, Status.UNSUBSCRIBED, Status.DELETED])
def test_consent_is_only_taken_away(owner, list_id, load, target):
    contacts = bootstrap.contacts()
    left = contacts.create(owner.account_id, list_id, email="left@example.com")
    contacts.unsubscribe(owner.account_id, list_id, left.id)
    contacts.create(owner.account_id, list_id, email="here@example.com")
    load("email\nleft@example.com\nhere@example.com\nnew@example.com\n", target=target)
    found = {email: contact.status for email, contact in people(owner, list_id).items()}
    assert (
        found
        == {
            Status.ACTIVE: {
                "left@example.com": "unsubscribed",
                "here@example.com": "active",
                "new@example.com": "active",
            },
            Status.UNSUBSCRIBED: dict.fromkeys(
                ["left@example.com", "here@example.com", "new@example.com"], "unsubscribed"
            ),
            Status.DELETED: {},
        }[target]
    )


def test_a_repeated_part_changes_nothing(owner, list_id, platform):
    upload_id = upload(owner, list_id, b"email\na@example.com\nb@example.com\n")
    task = bootstrap.file_imports().start(owner.account_id, list_id, upload_id, FileOptions())
    bootstrap.task_runner().enqueue(task, ["cut"])
    platform.drain("run-tasks")
    assert bootstrap.tasks().get(owner.account_id, task.id).result["created"] == 2
    bootstrap.task_runner().enqueue(task, ["cut", "000000"])
    platform.drain("run-tasks")
    assert bootstrap.contacts().counts(owner.account_id, list_id)[Status.ACTIVE] == 2


def test_a_part_that_dies_before_counting_counts_people_as_it_made_them(owner, list_id, platform, monkeypatch):
    """Whoever left before its repetition was counted as leaving then."""
    owner.api.post(f"/lists/{list_id}/interests", json={"name": "news"})
    upload_id = upload(owner, list_id, b"email\na@example.com\nb@example.com\n")
    options = FileOptions(interests=["news"])
    task = bootstrap.file_imports().start(owner.account_id, list_id, upload_id, options)
    with monkeypatch.context() as dying:
        dying.setattr(ContactRepository, "count_created", lambda *args, **kwargs: 1 / 0)
        assert len(platform.drain("run-tasks").failed) == 1
    contacts = bootstrap.contacts()
    left = contacts.find(owner.account_id, list_id, "a@example.com")
    contacts.unsubscribe(owner.account_id, list_id, left.id)
    contacts.patch(owner.account_id, list_id, left.id, interests=[])
    assert platform.drain("run-tasks").failed == []
    assert bootstrap.tasks().get(owner.account_id, task.id).result["created"] == 2
    counted = contacts.counts(owner.account_id, list_id)
    assert counted == contacts.recount(owner.account_id, list_id)
    assert (counted[Status.ACTIVE], counted[Status.UNSUBSCRIBED]) == (1, 1)
    [news] = bootstrap.interests().all(owner.account_id, list_id)
    assert contacts.interest_usage(owner.account_id, list_id) == {news.id: 1}


def test_a_part_that_dies_before_it_is_recorded_tells_the_same_again(owner, list_id, platform, monkeypatch):
    monkeypatch.setattr(rules, "MAX_TAGS", 2)
    contacts = bootstrap.contacts()
    groups = bootstrap.groups().ensure(owner.account_id, ["a", "b"])
    contacts.create(owner.account_id, list_id, email="full@example.com", groups=groups.values())
    contacts.create(owner.account_id, list_id, email="here@example.com")
    text = b"email,tags\nnew@example.com,c\nhere@example.com,c\nfull@example.com,c\n"
    task = bootstrap.file_imports().start(owner.account_id, list_id, upload(owner, list_id, text), FileOptions())
    record = TaskRepository.record_part
    with monkeypatch.context() as dying:
        dying.setattr(
            TaskRepository,
            "record_part",
            lambda self, account_id, task_id, part, *args, **kwargs: (
                record(self, account_id, task_id, part, *args, **kwargs) if part == CUT else 1 / 0
            ),
        )
        assert len(platform.drain("run-tasks").failed) == 1
    assert platform.drain("run-tasks").failed == []
    result = bootstrap.tasks().get(owner.account_id, task.id).result
    assert (result["created"], result["updated"], result["refused"]) == (1, 1, 1)
    with urllib.request.urlopen(bootstrap.file_imports().errors_url(owner.account_id, task.id)) as answer:
        assert [row[:3] for row in csv.reader(io.StringIO(answer.read().decode()))][1:] == [
            ["3", "full@example.com", "too_many_tags"]
        ]


def test_a_quote_that_is_never_closed_is_told_and_nothing_is_imported(owner, list_id, load, monkeypatch):
    monkeypatch.setattr(csv_file, "PART_BYTES", 100)
    task = load('email,name\na@example.com,"open' + "x" * 500, columns={"name": None})
    assert task.status == "ready"
    assert "never closed" in task.result["problem"]
    assert people(owner, list_id) == {}


def test_the_column_of_addresses_can_be_named(owner, list_id, load):
    task = load("Adresse;name\na@example.com;Ann\n", columns={"Adresse": "email", "name": None})
    assert task.result["created"] == 1
    assert list(people(owner, list_id)) == ["a@example.com"]


def test_a_delimiter_is_not_what_stands_in_quotes(owner, list_id, load):
    task = load('email;"a, b, c, d"\na@example.com;x\n', columns={"a, b, c, d": None})
    assert task.result["created"] == 1


def test_attributes_are_made_for_all_columns_or_for_none(owner, list_id):
    body = {"upload_id": upload(owner, list_id, b"email,Good,bad name\na@example.com,1,2\n"), "create_attributes": True}
    answer = owner.api.post(f"/lists/{list_id}/imports", json=body)
    detail = answer.json["detail"][0]
    assert (answer.status, detail["loc"], "'bad name'" in detail["msg"]) == (400, ["body", "columns"], True)
    names = [one["name"] for one in owner.api.get(f"/lists/{list_id}/custom-attributes").json["data"]]
    assert "Good" not in names


def test_a_quote_that_is_open_at_the_end_of_the_file_refuses_its_row(owner, list_id, load):
    rows = [f'a{number}@example.com,"C"' for number in range(5)]
    swallowed = [f"b{number}@example.com,C" for number in range(5)]
    task = load("\n".join(["email,name", *rows, 'q@example.com,"open', *swallowed, ""]), columns={"name": None})
    assert (task.result["created"], task.result["refused"]) == (5, 1)
    assert len(people(owner, list_id)) == 5


@pytest.mark.parametrize(
    "raw", [b"", b"name\nx\n", b"email,none\na@example.com,1\n", b"\x1f\x8b\x08\x00", b"email,email\n"]
)
def test_what_cannot_be_imported_is_refused_at_once(owner, list_id, raw):
    upload_id = upload(owner, list_id, raw)
    with pytest.raises(Invalid):
        bootstrap.file_imports().start(owner.account_id, list_id, upload_id, FileOptions())


@pytest.mark.parametrize("upload_id", ["none", "../x", "a/b", ""])
def test_an_upload_of_another_account_or_of_none(owner, list_id, upload_id):
    stranger = make_owner()
    theirs = upload(stranger, make_list(stranger), b"email\na@example.com\n")
    for wanted in (upload_id, theirs):
        with pytest.raises(NotFound):
            bootstrap.file_imports().start(owner.account_id, list_id, wanted, FileOptions())
