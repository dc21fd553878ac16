"""Files of addresses and patterns to suppress, with a reason for each row."""

import csv
import io
from datetime import timedelta

import httpx
import pytest

from postrider import bootstrap
from postrider.suppressions import service
from postrider.suppressions.repository import SuppressionRepository
from postrider.suppressions.table import SuppressionItem
from postrider.usecases.suppress_address import AddressSuppression
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.lists import make_list

FILE = """E-mail,Reason,note
Ann@Example.com,,by hand
bob@example.com,hard bounce,
eve@example.com,complained,
*@spam.example,manual,
info@*,,
ANN@example.com,unsubscribed,later
nobody at all,,
x@example.com,because,
*@other.example,complaint,
"""


@pytest.fixture
def owner(platform):
    return make_owner()


def uploaded(owner, text):
    upload = owner.api.post("/suppressed-emails/imports/uploads").json
    put = httpx.post(upload["url"], data=upload["fields"], files={"file": ("list.csv", text.encode(), "text/csv")})
    assert put.status_code in (200, 204), put.text
    return upload["id"]


def start(owner, text, **options):
    body = {"upload_id": uploaded(owner, text), **options}
    started = owner.api.post("/suppressed-emails/imports", json=body)
    assert started.status == 201, started.text
    return started.json["id"]


def numbers_of(owner, import_id):
    data = owner.api.get(f"/suppressed-emails/imports/{import_id}").json["data"]
    names = ("rows", "added", "replaced", "unchanged", "duplicates", "refused")
    assert (data["status"], data["progress"], data["problem"]) == ("ready", 100, None)
    return data, {name: data[name] for name in names if data[name]}


def entries_of(owner):
    entries = owner.api.get("/suppressed-emails", query={"with_count": "true"}).json
    assert entries["pagination"]["count"] == len(entries["data"])
    return {entry["email"]: entry["source"] for entry in entries["data"]}


def test_a_file_suppresses_addresses_and_patterns_with_a_reason_for_each(owner, platform):
    lists = [make_list(owner), make_list(owner)]
    for list_id in lists:
        owner.api.post(f"/lists/{list_id}/contacts", json={"email": "ann@example.com"})
    owner.api.post("/suppressed-emails", json={"email": "bob@example.com"})
    import_id = start(owner, FILE)
    task = owner.api.get(f"/tasks/{import_id}").json["data"]
    assert (task["type"], task["status"]) == ("suppressionsfileimport", "pending")
    assert platform.drain("run-tasks").failed == []
    data, numbers = numbers_of(owner, import_id)
    assert numbers == {"rows": 9, "added": 4, "unchanged": 1, "duplicates": 1, "refused": 3}
    assert entries_of(owner) == {
        "ann@example.com": "global_unsubscribe",
        "bob@example.com": "manual",
        "eve@example.com": "complaint",
        "*@spam.example": "manual",
        "info@*": "manual",
    }
    for list_id in lists:
        [contact] = owner.api.get(f"/lists/{list_id}/contacts").json["data"]
        assert (contact["status"], contact["suppressed"]["reason"]) == ("active", "global_unsubscribe")
        assert owner.api.get(f"/reports/lists/{list_id}").json["data"]["mailable_contacts"] == 0
    refused = list(csv.DictReader(io.StringIO(httpx.get(data["refused_url"]).text)))
    assert [(row["refused_row"], row["refused_code"]) for row in refused] == [
        ("7", "email_invalid"),
        ("8", "suppression_reason_unknown"),
        ("9", "suppression_reason_invalid"),
    ]
    again = start(owner, FILE)
    assert platform.drain("run-tasks").failed == []
    assert numbers_of(owner, again)[1] == {"rows": 9, "unchanged": 5, "duplicates": 1, "refused": 3}
    assert owner.api.delete("/suppressed-emails/eve@example.com").status == 400, "a complaint cannot be taken back"
    assert owner.api.delete("/suppressed-emails/info@*").status == 200


def test_a_dry_run_writes_nothing_and_is_listed_with_the_imports_newest_first(owner, platform):
    owner.api.post("/suppressed-emails", json={"email": "bob@example.com"})
    owner.api.post("/suppressed-emails", json={"email": "eve@example.com"})
    upload_id = uploaded(owner, FILE)
    numbers = {"rows": 9, "added": 3, "replaced": 1, "unchanged": 1, "duplicates": 1, "refused": 3}
    for is_dry_run in (True, False):
        body = {"upload_id": upload_id, "dry_run": is_dry_run}
        import_id = owner.api.post("/suppressed-emails/imports", json=body).json["id"]
        assert platform.drain("run-tasks").failed == []
        data, counted = numbers_of(owner, import_id)
        assert data["dry_run"] is is_dry_run
        assert counted == numbers, "the import does what the dry run has shown"
        assert len(list(csv.DictReader(io.StringIO(httpx.get(data["refused_url"]).text)))) == 3
        if is_dry_run:
            assert data["first_rows"][:2] == [
                {"email": "Ann@Example.com", "source": ""},
                {"email": "bob@example.com", "source": "hard bounce"},
            ]
            assert len(data["first_rows"]) == 6, "refused rows are in their own file"
            assert entries_of(owner) == {"bob@example.com": "manual", "eve@example.com": "manual"}
        platform.clock.move(timedelta(minutes=1))
    assert (data["first_rows"], len(entries_of(owner))) == ([], 5)
    listed = owner.api.get("/suppressed-emails/imports", query={"filter": "status==ready", "with_count": "true"}).json
    assert [(row["id"] == import_id, row["dry_run"]) for row in listed["data"]] == [(True, False), (False, True)]
    assert listed["pagination"]["count"] == 2, "the newest is first"
    [oldest] = owner.api.get("/suppressed-emails/imports", query={"sort": "created_on", "per_page": 1}).json["data"]
    assert oldest["dry_run"]
    assert make_owner().api.get("/suppressed-emails/imports").json["data"] == []


def test_a_file_replaces_entries_of_the_account_by_requests_of_persons(owner, platform):
    for email in ("a@example.com", "b@example.com"):
        owner.api.post("/suppressed-emails", json={"email": email})
    import_id = start(owner, "email,source\na@example.com,global_unsubscribe\nb@example.com,bounce\n")
    platform.drain("run-tasks")
    assert numbers_of(owner, import_id)[1] == {"rows": 2, "replaced": 1, "unchanged": 1}
    assert entries_of(owner) == {"a@example.com": "global_unsubscribe", "b@example.com": "manual"}


@pytest.mark.parametrize(
    ("target", "step"),
    [(SuppressionRepository, "add_many"), (AddressSuppression, "_mark_many"), (SuppressionRepository, "settle_rows")],
)
def test_an_import_that_is_interrupted_anywhere_is_completed_and_counted_once(
    owner, platform, monkeypatch, target, step
):
    list_id = make_list(owner)
    owner.api.post(f"/lists/{list_id}/contacts", json={"email": "a@example.com"})
    import_id = start(owner, "email\na@example.com\nb@example.com\n")
    with monkeypatch.context() as dying:
        dying.setattr(target, step, lambda *args, **kwargs: 1 / 0)
        assert len(platform.drain("run-tasks").failed) == 1
    if step != "add_many":
        assert bootstrap.suppressions().blocking(owner.account_id).covers("a@example.com")
        platform.clock.move(service.RECENT * 2)
        assert bootstrap.suppressions().blocking(owner.account_id).covers("a@example.com"), "its marks may be missing"
    assert platform.drain("run-tasks").failed == []
    assert numbers_of(owner, import_id)[1] == {"rows": 2, "added": 2}
    assert entries_of(owner).keys() == {"a@example.com", "b@example.com"}
    [contact] = owner.api.get(f"/lists/{list_id}/contacts").json["data"]
    assert contact["suppressed"]["reason"] == "manual"
    notes = SuppressionItem.query(owner.account_id, SuppressionItem.digest.startswith("unsettled#"))
    assert list(notes) == []


def test_an_entry_that_another_call_adds_meanwhile_is_counted_by_that_call(owner, platform, monkeypatch):
    import_id = start(owner, "email\na@example.com\nb@example.com\n")
    real, others = SuppressionRepository._add_together, []

    def add_together(self, *args):
        if not others:
            others.append(owner.api.post("/suppressed-emails", json={"email": "a@example.com"}).status)
        return real(self, *args)

    monkeypatch.setattr(SuppressionRepository, "_add_together", add_together)
    platform.drain("run-tasks")
    assert numbers_of(owner, import_id)[1] == {"rows": 2, "added": 1, "unchanged": 1}
    assert entries_of(owner).keys() == {"a@example.com", "b@example.com"}


def test_files_add_a_bounded_number_of_patterns(owner, platform, monkeypatch):
    """Senders read all patterns of an account every two seconds. Stored patterns and the first new ones are accepted."""
    monkeypatch.setattr("postrider.suppressions.service.MAX_IMPORTED_WILDCARDS", 3)
    owner.api.post("/suppressed-emails", json={"email": "*@own.example"})
    import_id = start(owner, "email\n*@a.example\n*@b.example\n*@c.example\n*@own.example\nx@example.com\n")
    platform.drain("run-tasks")
    assert numbers_of(owner, import_id)[1] == {"rows": 5, "added": 3, "unchanged": 1, "refused": 1}
    assert entries_of(owner).keys() == {"*@own.example", "*@a.example", "*@b.example", "x@example.com"}
    owner.api.post("/suppressed-emails", json={"email": "*@d.example"})
    import_id = start(owner, "email\n*@own.example\n*@d.example\n*@c.example\n")
    platform.drain("run-tasks")
    assert numbers_of(owner, import_id)[1] == {"rows": 3, "unchanged": 2, "refused": 1}


def test_an_ambiguous_header_is_refused(owner):
    """The wrong address could not be removed again."""
    headers = {
        "address": "csv_without_email",
        "email,source,reason": "csv_column_repeated",
        "email,email": "csv_column_repeated",
        "E-Mail,reason,Mail address": "csv_column_repeated",
    }
    for header, code in headers.items():
        body = {"upload_id": uploaded(owner, f"{header}\na@example.com,,\n")}
        answer = owner.api.post("/suppressed-emails/imports", json=body)
        assert (answer.status, answer.json["detail"][0]["type"]) == (400, code), header


def test_an_import_and_an_upload_belong_to_their_account(owner, platform):
    upload = owner.api.post("/suppressed-emails/imports/uploads").json
    httpx.post(
        upload["url"], data=upload["fields"], files={"file": ("list.csv", b"email\na@example.com\n", "text/csv")}
    )
    stranger = make_owner()
    body = {"upload_id": upload["id"]}
    assert stranger.api.post("/suppressed-emails/imports", json=body).status == 400
    import_id = owner.api.post("/suppressed-emails/imports", json=body).json["id"]
    assert stranger.api.get(f"/suppressed-emails/imports/{import_id}").status == 400
    platform.drain()


def test_the_report_of_refused_rows_goes_with_an_erased_person(owner, platform):
    import_id = start(owner, "email,reason\nann@example.com,because\n")
    platform.drain("run-tasks")
    url = numbers_of(owner, import_id)[0]["refused_url"]
    assert "ann@example.com" in httpx.get(url).text
    owner.api.post("/people/erase", json={"email": "ann@example.com"})
    assert httpx.get(url).status_code == 404
