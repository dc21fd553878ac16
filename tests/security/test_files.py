"""Files are reached by those who may, for a short time, and only under names that we chose."""

from datetime import timedelta
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest

from postrider import bootstrap
from postrider.ports.object_store import SIGNED_URL_LIFE_S
from tests.factories.accounts import make_owner
from tests.factories.campaigns import add_contacts
from tests.factories.lists import make_list

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


def test_what_is_downloaded_is_no_page(exported):
    answer = httpx.get(exported[1])
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["content-disposition"].startswith("attachment")


def test_a_file_name_cannot_end_its_header(owner):
    url = bootstrap.objects().signed_download("exports/1/x", 'a"\r\nX: y; ../é.csv')
    shown = parse_qs(urlsplit(url).query)["response-content-disposition"][0]
    assert shown == "attachment; filename*=UTF-8''" + quote('a"\r\nX: y; ../é.csv', safe="")


def test_an_upload_is_for_one_key_one_type_and_a_size(owner):
    form = bootstrap.objects().signed_upload("imports/1/x.csv", "text/csv", 1000)
    import base64
    import json

    policy = json.loads(base64.b64decode(form.fields["policy"]))
    assert {"key": "imports/1/x.csv"} in policy["conditions"]
    assert {"Content-Type": "text/csv"} in policy["conditions"]
    assert ["content-length-range", 1, 1000] in policy["conditions"]
    assert [one for one in policy["conditions"] if isinstance(one, list) and one[0] == "starts-with"] == []


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
    tails = {one[-12:] for one in ids}
    assert len(tails) == len(ids)
    assert all(len({one[place] for one in tails}) > 1 for place in range(12))


def test_a_link_does_not_outlive_its_export(owner, platform):
    list_id = make_list(owner)
    export_id = owner.api.post(f"/lists/{list_id}/exports").json["id"]
    platform.drain()
    platform.clock.move(timedelta(days=5))
    assert owner.api.get(f"/lists/{list_id}/exports/{export_id}/download").status in (400, 401)
