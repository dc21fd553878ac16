"""Files are reached by those who may, for a short time, and only under names that we chose."""

import base64
import hmac
import json
import os
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import httpx
import pytest
from botocore.client import BaseClient

from postrider import bootstrap
from postrider.ports.object_store import SIGNED_URL_LIFE_S, ObjectMissing
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.campaigns import add_contacts, make_campaign
from tests.testing.factories.lists import make_list

TRAVERSALS = ["..", "../..", "..%2f..", "%2e%2e%2f", "/etc/passwd", "x/../../1", "a\0b", "....//", "‥", "C:\\x"]


@pytest.fixture(scope="module")
def owner(platform):
    return make_owner()


@pytest.fixture(scope="module")
def exported(owner, platform):
    list_id = make_list(owner)
    add_contacts(owner, list_id, "reader@example.com")
    export_id = owner.api.post(f"/lists/{list_id}/exports").json["id"]
    platform.drain()
    path = f"/lists/{list_id}/exports/{export_id}/download"
    return path, owner.api.get(path).json["data"]["url"]


def test_a_download_is_signed_for_one_file_and_a_short_time(exported):
    url = urlsplit(exported[1])
    asked = {name.lower(): values[0] for name, values in parse_qs(url.query).items()}
    assert asked["x-amz-algorithm"] == "AWS4-HMAC-SHA256"
    assert int(asked["x-amz-expires"]) == SIGNED_URL_LIFE_S <= 900
    assert asked["response-content-disposition"].startswith("attachment;")
    assert httpx.get(exported[1]).status_code == 200


def test_a_download_is_for_its_account_only(exported):
    answer = make_owner().api.get(exported[0])
    assert answer.status == 400
    assert "x-amz" not in answer.text.lower()


def test_downloads_are_not_shown_as_pages(exported):
    answer = httpx.get(exported[1])
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"].startswith("attachment")


def test_a_file_name_cannot_end_its_header(owner):
    url = bootstrap.object_store().signed_download("exports/1/x", 'a"\r\nX: y; ../é.csv')
    shown = parse_qs(urlsplit(url).query)["response-content-disposition"][0]
    assert shown == "attachment; filename*=UTF-8''" + quote('a"\r\nX: y; ../é.csv', safe="")


def altered(url, **changes):
    parts = urlsplit(url)
    query = {**{name: values[0] for name, values in parse_qs(parts.query).items()}, **changes.pop("query", {})}
    text = urlencode({name: value for name, value in query.items() if value is not None})
    return parts._replace(query=text, **changes).geturl()


def test_an_altered_or_expired_link_opens_nothing(exported, monkeypatch):
    url = exported[1]
    path = urlsplit(url).path
    bucket = path.split("/")[1]
    signature = parse_qs(urlsplit(url).query)["X-Amz-Signature"][0]
    for how, other in {
        "another file": altered(url, path=path[:-1] + ("0" if path[-1] != "0" else "1")),
        "a folder above": altered(url, path=f"{path}/../x"),
        "the bucket": altered(url, path=f"/{bucket}"),
        "its listing": altered(url, path=f"/{bucket}", query={"list-type": "2"}),
        "another signature": altered(url, query={"X-Amz-Signature": signature[::-1]}),
        "a longer life": altered(url, query={"X-Amz-Expires": "604800"}),
        "a page": altered(url, query={"response-content-disposition": "inline"}),
        "another type": altered(url, query={"response-content-type": "text/html"}),
    }.items():
        assert httpx.get(other).status_code == 403, how
    for method in ("PUT", "DELETE", "POST"):
        assert httpx.request(method, url, content=b"x").status_code == 403, method
    past = datetime.now(UTC) - timedelta(seconds=SIGNED_URL_LIFE_S + 1)
    monkeypatch.setattr("botocore.auth.get_current_datetime", lambda *args, **kwargs: past.replace(tzinfo=None))
    expired = bootstrap.object_store().signed_download(path.removeprefix(f"/{bucket}/"), "x.csv")
    assert httpx.get(expired).status_code == 403
    monkeypatch.undo()
    assert httpx.get(url).status_code == 200


def test_an_altered_or_expired_form_uploads_nothing(platform, monkeypatch):
    objects = bootstrap.object_store()
    key = "imports/1/uploads/form.csv"

    def sent(form, body=b"email\r\n", **changes):
        fields = {name: value for name, value in {**form.fields, **changes}.items() if value is not None}
        return httpx.post(form.url, data=fields, files={"file": ("x.csv", body)}).status_code

    form = objects.signed_upload(key, "text/csv", 1000)
    for changes in (
        {"key": "imports/2/uploads/form.csv"},
        {"key": "imports/1/uploads/../../../content/1"},
        {"Content-Type": "text/html"},
        {"body": b"x" * 1001},
        {"body": b""},
        {"policy": None},
        {"acl": "public-read"},
    ):
        assert sent(form, **changes) in (400, 403), changes
    past = datetime.now(UTC) - timedelta(seconds=SIGNED_URL_LIFE_S + 1)
    monkeypatch.setattr("botocore.signers.get_current_datetime", lambda *args, **kwargs: past)
    late = objects.signed_upload(key, "text/csv", 1000, life_s=1)
    assert sent(late) in (400, 403)
    with pytest.raises(ObjectMissing):
        objects.size(key)
    assert sent(form) < 300
    assert objects.size(key) == 7


def test_an_upload_form_is_signed_with_our_key(platform):
    """The stand-in takes any signature, so it is reckoned here.

    https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-authentication-HTTPPOST.html
    """
    fields = bootstrap.object_store().signed_upload("imports/1/uploads/form.csv", "text/csv", 1000).fields
    key = f"AWS4{os.environ['AWS_SECRET_ACCESS_KEY']}".encode()
    for part in fields["x-amz-credential"].split("/")[1:]:
        key = hmac.digest(key, part.encode(), "sha256")
    assert fields["x-amz-signature"] == hmac.digest(key, fields["policy"].encode(), "sha256").hex()
    ends = datetime.fromisoformat(json.loads(base64.b64decode(fields["policy"]))["expiration"])
    assert timedelta(0) < ends - datetime.now(UTC) <= timedelta(seconds=SIGNED_URL_LIFE_S)


def test_objects_are_never_public(owner, platform, monkeypatch):
    """The stand-in does not check access, so this checks the requests to S3: no grant, no policy, no site."""
    asked = []
    call = BaseClient._make_api_call

    def watched(client, operation, parameters):
        if client.meta.service_model.service_name == "s3":
            asked.append((operation, parameters))
        return call(client, operation, parameters)

    monkeypatch.setattr(BaseClient, "_make_api_call", watched)
    list_id = make_list(owner)
    add_contacts(owner, list_id, "somebody@example.com")
    campaign_id = make_campaign(owner, list_id=list_id)
    owner.api.post(f"/lists/{list_id}/exports")
    owner.api.post(f"/logs/campaigns/{campaign_id}/exports")
    upload = owner.api.post(f"/lists/{list_id}/imports/uploads").json["id"]
    bootstrap.object_store().put(f"imports/{owner.account_id}/uploads/{upload}.csv", b"email\r\nx\r\n")
    owner.api.post(f"/lists/{list_id}/imports", json={"upload_id": upload})
    platform.drain()
    operations = {operation for operation, _ in asked}
    assert {"PutObject", "CreateMultipartUpload"} <= operations
    assert operations <= {
        *("PutObject", "GetObject", "HeadObject", "DeleteObject", "UploadPart"),
        *("CreateMultipartUpload", "CompleteMultipartUpload", "AbortMultipartUpload"),
    }
    for _, parameters in asked:
        assert not [name for name in parameters if name == "ACL" or name.startswith("Grant") or "Redirect" in name]


def test_an_upload_is_limited_to_a_key_a_type_and_a_size(owner):
    form = bootstrap.object_store().signed_upload("imports/1/x.csv", "text/csv", 1000)
    policy = json.loads(base64.b64decode(form.fields["policy"]))
    assert {"key": "imports/1/x.csv"} in policy["conditions"]
    assert {"Content-Type": "text/csv"} in policy["conditions"]
    assert ["content-length-range", 1, 1000] in policy["conditions"]
    assert [
        condition for condition in policy["conditions"] if isinstance(condition, list) and condition[0] == "starts-with"
    ] == []


@pytest.mark.parametrize("name", TRAVERSALS)
def test_no_id_leads_to_another_place(owner, name):
    list_id = make_list(owner)
    text = quote(name, safe="")
    for path in (
        f"/lists/{list_id}/exports/{text}",
        f"/lists/{list_id}/exports/{text}/download",
        f"/lists/{list_id}/imports/{text}",
        f"/tasks/{text}",
        f"/forms/{text}",
        f"/campaigns/{text}",
        f"/lists/{text}",
    ):
        assert owner.api.get(path).status in (400, 404, 422), path


@pytest.mark.parametrize("name", TRAVERSALS)
def test_no_upload_is_named_by_others(owner, name):
    list_id = make_list(owner)
    answer = owner.api.post(f"/lists/{list_id}/imports", json={"upload_id": name})
    assert answer.status in (400, 422), answer.text


def test_ids_of_files_cannot_be_guessed(owner):
    list_id = make_list(owner)
    ids = [owner.api.post(f"/lists/{list_id}/exports").json["id"] for _ in range(5)]
    ids += [owner.api.post(f"/lists/{list_id}/imports/uploads").json["id"] for _ in range(5)]
    tails = {file_id[-12:] for file_id in ids}
    assert len(tails) == len(ids)
    assert all(len({tail[place] for tail in tails}) > 1 for place in range(12))


def test_a_link_does_not_outlive_its_export(owner, platform):
    list_id = make_list(owner)
    export_id = owner.api.post(f"/lists/{list_id}/exports").json["id"]
    platform.drain()
    platform.clock.move(timedelta(days=5))
    assert owner.api.get(f"/lists/{list_id}/exports/{export_id}/download").status in (400, 401)
