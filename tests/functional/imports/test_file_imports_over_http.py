"""Import of files: uploaded or fetched, imported part by part, with refused rows and their reasons."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from postrider import bootstrap
from postrider.adapters.web import WebFetcher
from postrider.imports.web_imports import FETCH
from postrider.tasks.queue_messages import RunTaskPart
from postrider.tasks.repository import TaskRepository
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.lists import make_list
from tests.testing.overrides import overridden

CSV = b'email,city\r\nann@example.com,Bern\r\nno address,Rome\r\nbob@example.com,"Paris\r\nFrance"\r\n'


@pytest.fixture
def owner(platform):
    return make_owner()


@pytest.fixture
def list_id(owner):
    list_id = make_list(owner)
    owner.api.post(f"/lists/{list_id}/custom-attributes", json={"name": "city", "type": "text"})
    return list_id


@pytest.fixture
def site(platform):
    """A web server that gives the file, reachable for the platform while the test runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(CSV)

        def log_message(self, *args):
            return

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_address[1]
    with overridden(fetcher=WebFetcher(is_allowed=lambda address: address == "127.0.0.1", ports=frozenset({port}))):
        yield f"http://127.0.0.1:{port}/people.csv"
    server.shutdown()


def check(owner, list_id, import_id):
    data = owner.api.get(f"/lists/{list_id}/imports/{import_id}").json["data"]
    assert (data["status"], data["rows"], data["created"], data["refused"]) == ("ready", 3, 2, 1)
    refused = httpx.get(data["refused_url"]).text
    assert "no address" in refused
    found = owner.api.get(f"/lists/{list_id}/contacts").json["data"]
    assert [contact["email"] for contact in found] == ["ann@example.com", "bob@example.com"]
    assert found[1]["custom_attributes"][0]["value"] == "Paris\r\nFrance"


def test_an_uploaded_file_is_imported_and_a_second_time_changes_nothing(owner, list_id, platform):
    for created in (2, 0):
        upload = owner.api.post(f"/lists/{list_id}/imports/uploads").json
        put = httpx.post(upload["url"], data=upload["fields"], files={"file": ("people.csv", CSV, "text/csv")})
        assert put.status_code in (200, 204), put.text
        started = owner.api.post(f"/lists/{list_id}/imports", json={"upload_id": upload["id"], "tags": ["fresh"]})
        assert (started.status, started.json["data"]["status"]) == (201, "pending"), started.text
        platform.drain()
        data = owner.api.get(f"/lists/{list_id}/imports/{started.json['id']}").json["data"]
        assert (data["created"], data["progress"]) == (created, 100)
        if created:
            check(owner, list_id, started.json["id"])


def test_a_file_of_the_web_is_fetched_and_imported(owner, list_id, platform, site):
    started = owner.api.post(f"/lists/{list_id}/imports", json={"url": site})
    assert started.status == 201
    listed = owner.api.get(f"/lists/{list_id}/imports").json["data"]
    assert [(row["id"], row["status"], row["dry_run"]) for row in listed] == [(started.json["id"], "pending", False)]
    platform.drain()
    check(owner, list_id, started.json["id"])
    [imported] = owner.api.get(f"/lists/{list_id}/imports", query={"filter": "status==ready"}).json["data"]
    assert (imported["rows"], imported["created"], imported["refused"]) == (3, 2, 1)
    assert imported["id"] == owner.api.get(f"/lists/{list_id}/imports/{started.json['id']}").json["data"]["id"]


def test_a_second_fetch_of_a_file_changes_nothing(owner, list_id, platform, site, monkeypatch):
    """A fetch that crashes after its import began is repeated, and each import has its own file."""
    import_id = owner.api.post(f"/lists/{list_id}/imports", json={"url": site}).json["id"]
    fetch = RunTaskPart(account_id=owner.account_id, task_id=import_id, part=FETCH)
    with monkeypatch.context() as dying:
        dying.setattr(TaskRepository, "end", lambda *args, **kwargs: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            bootstrap.task_runner().run(fetch)
    bootstrap.task_runner().run(fetch)
    assert platform.drain().failed == []
    data = owner.api.get(f"/lists/{list_id}/imports/{import_id}").json["data"]
    assert (data["status"], data["rows"], data["refused"]) == ("ready", 3, 1)
    assert len(owner.api.get(f"/lists/{list_id}/contacts").json["data"]) == 2


def test_an_address_of_the_inside_is_not_fetched(owner, list_id, platform):
    started = owner.api.post(f"/lists/{list_id}/imports", json={"url": "http://169.254.169.254/", "dry_run": True})
    assert started.json["data"]["dry_run"] is True, "before its file is known"
    platform.drain()
    data = owner.api.get(f"/lists/{list_id}/imports/{started.json['id']}").json["data"]
    assert (data["status"], data["created"]) == ("error", 0)
    assert "the host is not public" in data["problem"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"url": "https://x.example/a", "upload_id": "x"}, 400),
        ({"url": "ftp://x/a"}, 422),
        ({"upload_id": "nope"}, 400),
    ],
)
def test_a_source_that_is_none_is_refused(owner, list_id, body, status):
    assert owner.api.post(f"/lists/{list_id}/imports", json=body).status == status


def test_a_header_is_refused_with_all_of_its_problems(owner, list_id):
    upload = owner.api.post(f"/lists/{list_id}/imports/uploads").json
    raw = b"name,Zip,city,City\nx,y,z,z\n"
    httpx.post(upload["url"], data=upload["fields"], files={"file": ("people.csv", raw, "text/csv")})
    answer = owner.api.post(f"/lists/{list_id}/imports", json={"upload_id": upload["id"]})
    assert (answer.status, [(item["loc"], item["type"]) for item in answer.json["detail"]]) == (
        400,
        [
            (["body", "columns"], "csv_without_email"),
            (["body", "columns"], "attribute_unknown"),
            (["body", "columns"], "attribute_unknown"),
            (["body", "columns"], "csv_column_repeated"),
        ],
    )


def test_another_accounts_upload_and_import_are_unknown(owner, list_id, platform):
    upload = owner.api.post(f"/lists/{list_id}/imports/uploads").json
    httpx.post(upload["url"], data=upload["fields"], files={"file": ("people.csv", CSV, "text/csv")})
    stranger = make_owner()
    own_list = make_list(stranger)
    assert stranger.api.post(f"/lists/{own_list}/imports", json={"upload_id": upload["id"]}).status == 400
    import_id = owner.api.post(f"/lists/{list_id}/imports", json={"upload_id": upload["id"]}).json["id"]
    assert stranger.api.get(f"/lists/{own_list}/imports/{import_id}").status == 400
    platform.drain()
