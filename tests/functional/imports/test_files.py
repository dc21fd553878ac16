"""Imports of CSV files: uploaded, cut, written part by part; consent, bad rows and repeats as with other imports."""

import csv
import io
import urllib.request
from dataclasses import replace

import pytest

from postrider import bootstrap
from postrider.contacts import rules
from postrider.contacts.model import Status
from postrider.contacts.repository import ContactRepository
from postrider.imports import csv_file, file_imports, reports
from postrider.imports.columns import OtherColumns
from postrider.imports.file_imports import FileOptions
from postrider.imports.uploads import CUT
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
    bootstrap.object_store().put(form.fields["key"], raw)
    return upload_id


def counts_of(task):
    """Return the numbers of rows that are not 0."""
    return {name: count for name, count in task.result.items() if type(count) is int and count}


def report(url):
    with urllib.request.urlopen(url) as answer:
        return list(csv.reader(io.StringIO(answer.read().decode(), newline="")))


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
        other_columns=OtherColumns.CREATE,
    )
    assert (task.status, task.progress) == ("ready", 100)
    assert counts_of(task) == {"rows": 2, "created": 2}
    found = people(owner, list_id)
    assert named(found["A@example.com"]).attributes == {"years": "42"}
    assert named(found["A@example.com"]).groups == {"vip", "new", "file"}
    assert named(found["b@example.com"]).groups == {"file"}


def test_many_parts_make_each_contact_once(owner, list_id, load, monkeypatch):
    monkeypatch.setattr(csv_file, "PART_BYTES", 2000)
    emails = [f"person{number}@example.com" for number in range(600)]
    task = load("email\n" + "\n".join([*emails, *emails[:50]]))
    assert counts_of(task) == {"rows": 650, "created": 600, "duplicates": 50}
    assert sorted(people(owner, list_id)) == sorted(emails)
    assert bootstrap.contacts().counts(owner.account_id, list_id)[Status.ACTIVE] == 600


def test_bad_rows_beyond_those_that_are_kept_are_not_left_behind(owner, list_id, load, platform, monkeypatch):
    monkeypatch.setattr(csv_file, "PART_BYTES", 20)
    monkeypatch.setattr(reports, "MAX_PARTS", 1)
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
    refused = report(url)
    assert [row[0] for row in refused] == ["refused_row", "2", "4", "5", "6"]
    assert refused[1][3] == "'=cmd|' /C calc'!A0"
    with pytest.raises(NotFound):
        bootstrap.file_imports().errors_url("999", task.id)


@pytest.mark.parametrize("target", [Status.ACTIVE, Status.UNSUBSCRIBED, Status.DELETED])
def test_consent_is_only_taken_away(owner, list_id, load, target):
    contacts = bootstrap.contacts()
    left = contacts.upserts.create(owner.account_id, list_id, email="left@example.com")
    contacts.unsubscribe(owner.account_id, list_id, left.id)
    contacts.upserts.create(owner.account_id, list_id, email="here@example.com")
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


def test_a_repeated_part_counts_contacts_as_they_were_inserted(owner, list_id, platform, monkeypatch):
    """A contact that left before the repetition counts as left at that time."""
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
    contacts.upserts.patch(owner.account_id, list_id, left.id, interests=[])
    assert platform.drain("run-tasks").failed == []
    assert bootstrap.tasks().get(owner.account_id, task.id).result["created"] == 2
    counted = contacts.counts(owner.account_id, list_id)
    assert counted == contacts.recount(owner.account_id, list_id)
    assert (counted[Status.ACTIVE], counted[Status.UNSUBSCRIBED]) == (1, 1)
    [news] = bootstrap.interests().all(owner.account_id, list_id)
    assert contacts.interest_usage(owner.account_id, list_id) == {news.id: 1}


def test_a_repeated_part_has_the_same_outcome(owner, list_id, platform, monkeypatch):
    monkeypatch.setattr(rules, "MAX_TAGS", 2)
    contacts = bootstrap.contacts()
    groups = bootstrap.groups().ensure(owner.account_id, ["a", "b"])
    contacts.upserts.create(owner.account_id, list_id, email="full@example.com", groups=groups.values())
    contacts.upserts.create(owner.account_id, list_id, email="here@example.com")
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
    [_, row] = report(bootstrap.file_imports().errors_url(owner.account_id, task.id))
    assert (row[:2], row[3:]) == (["3", "too_many_tags"], ["full@example.com", "c"])


def test_a_file_with_an_unclosed_quote_is_not_imported(owner, list_id, load, monkeypatch):
    monkeypatch.setattr(csv_file, "PART_BYTES", 100)
    task = load('email,name\na@example.com,"open' + "x" * 500, columns={"name": None})
    assert task.status == "ready"
    assert "never closed" in task.result["problem"]
    assert people(owner, list_id) == {}


def test_the_column_of_addresses_can_be_named(owner, list_id, load):
    task = load("Adresse;name\na@example.com;Ann\n", columns={"Adresse": "email", "name": None})
    assert task.result["created"] == 1
    assert list(people(owner, list_id)) == ["a@example.com"]


def test_delimiters_inside_quotes_are_ignored(owner, list_id, load):
    task = load('email;"a, b, c, d"\na@example.com;x\n', columns={"a, b, c, d": None})
    assert task.result["created"] == 1


def test_attributes_are_made_for_all_columns_or_for_none(owner, list_id):
    body = {"upload_id": upload(owner, list_id, b"email,Good,bad name\na@example.com,1,2\n"), "other_columns": "create"}
    answer = owner.api.post(f"/lists/{list_id}/imports", json=body)
    detail = answer.json["detail"][0]
    assert (answer.status, detail["loc"], "'bad name'" in detail["msg"]) == (400, ["body", "columns"], True)
    names = [attribute["name"] for attribute in owner.api.get(f"/lists/{list_id}/custom-attributes").json["data"]]
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
def test_invalid_imports_are_refused_by_the_call(owner, list_id, raw):
    upload_id = upload(owner, list_id, raw)
    with pytest.raises(Invalid):
        bootstrap.file_imports().start(owner.account_id, list_id, upload_id, FileOptions())


def test_a_cell_that_is_too_long_refuses_its_row_and_its_lines_are_no_rows(owner, list_id, load):
    cell = '"' + "in.a.cell@example.com,x\n" * 40_000 + '"'
    task = load(f"email,note\na@example.com,{cell}\nb@example.com,y\n", other_columns=OtherColumns.IGNORE)
    assert counts_of(task) == {"rows": 2, "created": 1, "refused": 1}
    assert people(owner, list_id).keys() == {"b@example.com"}
    with urllib.request.urlopen(bootstrap.file_imports().errors_url(owner.account_id, task.id)) as answer:
        head, _, _ = answer.read().decode().partition("a@example.com")
    assert "a cell has 960000 characters, and at most 131072 are allowed" in head


@pytest.mark.parametrize("upload_id", ["none", "../x", "a/b", ""])
def test_an_upload_of_another_account_or_of_none(owner, list_id, upload_id):
    stranger = make_owner()
    theirs = upload(stranger, make_list(stranger), b"email\na@example.com\n")
    for wanted in (upload_id, theirs):
        with pytest.raises(NotFound):
            bootstrap.file_imports().start(owner.account_id, list_id, wanted, FileOptions())


def exported(owner, list_id, platform):
    export_id = owner.api.post(f"/lists/{list_id}/exports").json["id"]
    platform.drain("run-tasks")
    url = owner.api.get(f"/lists/{list_id}/exports/{export_id}/download").json["data"]["url"]
    with urllib.request.urlopen(url) as answer:
        return answer.read()


def test_an_export_is_imported_again_into_another_list(owner, list_id, load, platform):
    """Consent travels with the status and the moment of the opt-in; ids and bounces of the old list do not."""
    owner.api.post(f"/lists/{list_id}/custom-attributes", json={"name": "note", "type": "text"})
    owner.api.post(f"/lists/{list_id}/interests", json={"name": "news"})
    contacts = bootstrap.contacts()
    groups = bootstrap.groups().ensure(owner.account_id, ["a", "b"]).values()
    [news] = bootstrap.interests().all(owner.account_id, list_id)
    for status in ("active", "pending", "unsubscribed", "invalid", "flagged"):
        contact = contacts.upserts.create(
            owner.account_id,
            list_id,
            email=f"{status}@example.com",
            attributes={"note": "=1+1"},
            groups=groups,
            interests=[news.id],
        )
        contacts.change_many([contact], lambda contact, status=status: replace(contact, status=Status(status)))
    raw = exported(owner, list_id, platform)
    again = load(raw)
    assert counts_of(again) == {"rows": 5, "unchanged": 5}
    other_list = make_list(owner)
    owner.api.post(f"/lists/{other_list}/custom-attributes", json={"name": "note", "type": "text"})
    owner.api.post(f"/lists/{other_list}/interests", json={"name": "news"})
    options = FileOptions()
    task = bootstrap.file_imports().start(owner.account_id, other_list, upload(owner, other_list, raw), options)
    assert platform.drain("run-tasks").failed == []
    assert counts_of(bootstrap.tasks().get(owner.account_id, task.id)) == {"rows": 5, "created": 5}
    for before, after in zip(people(owner, list_id).values(), people(owner, other_list).values(), strict=True):
        assert (after.email, after.status) == (before.email, before.status)
        assert named(after).attributes == {"note": "=1+1"}
        assert (named(after).groups, named(after).interests) == ({"a", "b"}, {"news"})
    assert exported(owner, other_list, platform).count(b"news") == 5


def test_a_file_of_refused_rows_is_corrected_and_imported_again(owner, list_id, load):
    owner.api.post(f"/lists/{list_id}/custom-attributes", json={"name": "age", "type": "integer"})
    task = load("Email;AGE;Note\na@example.com;old;x\nb@example.com;7;y\n", columns={"note": None})
    assert counts_of(task) == {"rows": 2, "created": 1, "refused": 1}
    refused = report(bootstrap.file_imports().errors_url(owner.account_id, task.id))
    assert refused[0][3:] == ["Email", "AGE", "Note"]
    assert (refused[1][:2], refused[1][3:]) == (["1", "attribute_value_invalid"], ["a@example.com", "old", "x"])
    out = io.StringIO()
    csv.writer(out).writerows([refused[0], [*refused[1][:4], "42", "x"]])
    assert counts_of(load(out.getvalue(), columns={"note": None})) == {"rows": 1, "created": 1}
    assert named(people(owner, list_id)["a@example.com"]).attributes == {"age": 42}


def test_counters_add_up_and_duplicates_are_counted(owner, list_id, load):
    owner.api.post(f"/lists/{list_id}/custom-attributes", json={"name": "city", "type": "text"})
    load("email,city\nhere@example.com,Bern\nsame@example.com,Rome\n")
    rows = ["new@example.com,x", "NEW@example.com,y", "here@example.com,Basel", "same@example.com,Rome", "nobody,z"]
    task = load("email,city\n" + "\n".join(rows) + "\n")
    assert counts_of(task) == {
        "rows": 5,
        "created": 1,
        "duplicates": 1,
        "updated": 1,
        "unchanged": 1,
        "refused": 1,
    }


@pytest.mark.parametrize("rows_per_batch", [1000, 1])
def test_the_strictest_status_of_the_rows_of_an_address_wins(owner, list_id, load, monkeypatch, rows_per_batch):
    monkeypatch.setattr(file_imports, "ROWS_PER_BATCH", rows_per_batch)
    words = ["active", "pending", "bounced", "unsubscribed", "complained"]
    pairs = [(first, second) for first in words for second in words]
    load("email,status\nknown@example.com,active\n")
    rows = [f"{first}.{second}@example.com,{{}}" for first, second in pairs] + ["known@example.com,{}"]
    ends = [*pairs, ("complained", "active")]
    both = [row.format(pair[place]) for place in (0, 1) for row, pair in zip(rows, ends, strict=True)]
    load("email,status\n" + "\n".join(both) + "\n")
    found = people(owner, list_id)
    statuses = dict(zip(words, rules.BY_STRICTNESS, strict=True))
    assert {email: contact.status for email, contact in found.items()} == {"known@example.com": Status.FLAGGED} | {
        f"{first}.{second}@example.com": statuses[max(first, second, key=words.index)] for first, second in pairs
    }
    contacts = bootstrap.contacts()
    assert contacts.counts(owner.account_id, list_id) == contacts.recount(owner.account_id, list_id)


def test_a_stray_byte_refuses_its_row_and_leaves_the_other_names_whole(owner, list_id, load):
    rows = [f"p{number}@example.com,Zoë {number}".encode() for number in range(9)]
    task = load(b"email,name\n" + b"\n".join([*rows, b"bad@example.com,Zo\xeb"]), other_columns=OtherColumns.CREATE)
    assert counts_of(task) == {"rows": 10, "created": 9, "refused": 1}
    assert (task.result["encoding"], task.result["encoding_guessed"]) == ("utf-8", False)
    assert named(people(owner, list_id)["p3@example.com"]).attributes == {"name": "Zoë 3"}
    [_, row] = report(bootstrap.file_imports().errors_url(owner.account_id, task.id))
    assert row[1] == "csv_row_encoding"


@pytest.mark.parametrize(("given", "is_guessed"), [(None, True), ("cp1252", False)])
def test_an_encoding_is_given_or_guessed_and_told(owner, list_id, load, given, is_guessed):
    raw = "email,Straße\na@example.com,Zoë Müller\nb@example.com,François\n".encode("cp1252")
    task = load(raw, columns={"straße": "name"}, other_columns=OtherColumns.CREATE, encoding=given)
    assert (task.result["encoding"], task.result["encoding_guessed"]) == ("cp1252", is_guessed)
    assert named(people(owner, list_id)["b@example.com"]).attributes == {"name": "François"}


def test_a_file_of_no_known_encoding_is_refused(owner, list_id, load):
    noise = bytes([0x81, 0x8D, 0x8F, 0x90, 0x9D]) * 50
    task = load(b"email,name\na@example.com," + noise + b"\n", columns={"name": None})
    assert "name it in `encoding`" in task.result["problem"]
    assert people(owner, list_id) == {}


def test_tags_are_read_as_csv_cells_and_invalid_tags_are_warnings(owner, list_id, load):
    text = 'email;tags;interests\na@example.com;"""VIP"",""Gold plan"",new";jazz\nb@example.com;"x;y";\n'
    task = load(text)
    assert counts_of(task) == {"rows": 2, "created": 2, "warnings": 2}
    found = people(owner, list_id)
    assert named(found["a@example.com"]).groups == {"VIP", "new"}
    assert named(found["b@example.com"]).groups == {"x", "y"}
    warnings = report(bootstrap.file_imports().warnings_url(owner.account_id, task.id))
    assert [(row[0], row[1], row[3]) for row in warnings[1:]] == [
        ("1", "tag_invalid", "a@example.com"),
        ("1", "interest_unknown", "a@example.com"),
    ]


def test_an_unknown_status_refuses_its_row(owner, list_id, load):
    task = load("email,Status\na@example.com,Subscribed\nb@example.com,cleaned\nc@example.com,deleted\n")
    assert counts_of(task) == {"rows": 3, "created": 2, "refused": 1}
    assert {email: contact.status.value for email, contact in people(owner, list_id).items()} == {
        "a@example.com": "active",
        "b@example.com": "invalid",
    }


def test_a_header_is_written_as_the_tools_of_people_do(owner, list_id, load):
    task = load('\ufeffsep=;\r\n\ufeff"E-Mail Address";Name\r\na@example.com;x\r\n', columns={"NAME": None})
    assert counts_of(task) == {"rows": 1, "created": 1}


def test_a_dry_run_writes_nothing_and_counts_the_changes(owner, list_id, load):
    load("email\nhere@example.com\n")
    upload_text = "email,age,tags\nhere@example.com,1,vip\nnew@example.com,2,\nbad,3,\n"
    task = load(upload_text, dry_run=True, other_columns=OtherColumns.CREATE, guess_types=True)
    assert counts_of(task) == {"rows": 3, "created": 1, "updated": 1, "refused": 1}
    assert task.result["shown"] == [
        {"email": "here@example.com", "age": "1", "tags": "vip"},
        {"email": "new@example.com", "age": "2", "tags": ""},
    ]
    assert list(people(owner, list_id)) == ["here@example.com"]
    assert owner.api.get(f"/lists/{list_id}/custom-attributes").json["data"] == []
    started = bootstrap.file_imports().start(
        owner.account_id,
        list_id,
        task.payload["key"].rpartition("/")[2].removesuffix(".csv"),
        FileOptions(other_columns=OtherColumns.CREATE, guess_types=True),
    )
    assert started.total == task.total, "the upload is still there"
    kinds = {
        attribute["name"]: attribute["type"]
        for attribute in owner.api.get(f"/lists/{list_id}/custom-attributes").json["data"]
    }
    assert kinds == {"age": "integer"}
