"""What all operations of the Docs API have in common: keys, problem documents, partial answers, validators, limits."""

import base64
from datetime import timedelta

import pytest

from postrider import bootstrap
from postrider.rate_limits.current import begin_count
from tests.testing.docs import JSON, PROBLEM_JSON, DocsApi, make_client, make_key
from tests.testing.factories.accounts import make_owner
from tests.testing.harness import Api
from tests.testing.overrides import overridden

pytestmark = pytest.mark.usefixtures("platform")


@pytest.fixture(scope="module")
def owner(platform):
    return make_owner()


@pytest.fixture(scope="module")
def key(owner):
    return make_key(owner)


@pytest.fixture(scope="module")
def client(key):
    return DocsApi(f"Bearer {key}")


def basic(user, password):
    return f"Basic {base64.b64encode(f'{user}:{password}'.encode()).decode()}"


def test_a_key_ends_with_the_data_center(owner, key):
    digits, _, region = key.partition("-")
    assert (len(digits), int(digits, 16) >= 0, region) == (32, True, "us1")
    made = owner.api.post("/credentials", json={"dialect": "docs"}).json
    assert made["base_url"].endswith("/3.0")
    assert made["header_value"] == f"Bearer {made['secret']}"


def test_a_key_is_sent_in_any_of_four_schemes(key):
    for header in (
        f"Bearer {key}",
        f"bearer {key}",
        f"OAuth {key}",
        f"apikey {key}",
        basic("any", key),
        basic("", key),
    ):
        assert DocsApi(header).get("/ping").status == 200, header


@pytest.mark.parametrize(
    ("header", "title"),
    [
        ("", "API Key Missing"),
        ("Basic !", "API Key Missing"),
        ("Digest x", "API Key Missing"),
        (f"Bearer {'0' * 32}-us1", "API Key Invalid"),
        (basic("any", "wrong"), "API Key Invalid"),
    ],
)
def test_a_bad_key_is_named(header, title):
    answer = DocsApi(header).get("/ping")
    assert (answer.status, answer.json["title"]) == (401, title)


def test_a_disabled_user_is_forbidden_and_other_apis_do_not_tell(platform):
    owner = make_owner()
    client = make_client(owner)
    kasplo = owner.api.post("/credentials", json={"dialect": "kasplo"}).json
    bootstrap.accounts().change(owner.account_id, {"status": "suspended"})
    bootstrap.reset()
    answer = client.get("/ping")
    assert (answer.status, answer.json["title"]) == (403, "User Disabled")
    path = f"/audience/v1/{kasplo['data']['public']}/list"
    assert Api().get(path, headers={"api-key": kasplo["secret"]}).status == 401


@pytest.mark.parametrize(
    ("host", "status"),
    [("us1.api.example.com", 200), ("US6.api.example.com", 403), ("api.example.com", 200), ("127.0.0.1:8080", 200)],
)
def test_a_host_of_another_data_center_is_wrong(client, host, status):
    answer = client.call("GET", "/ping", headers={"Host": host})
    assert answer.status == status
    assert status == 200 or answer.json["title"] == "Wrong Datacenter"


def test_a_problem_document_names_call_and_fault(client):
    answer = client.get("/nothing")
    assert answer.headers["content-type"] == PROBLEM_JSON
    base = f"{bootstrap.public_base_url().partition(':')[0]}://api.example.com"
    assert answer.json == {
        "type": f"{base}/reference?dialect=docs",
        "title": "Resource Not Found",
        "status": 404,
        "detail": "The requested resource could not be found.",
        "instance": answer.headers["x-request-id"],
    }
    assert answer.headers["link"].endswith('/schema/3.0/Definitions/Problem.json>; rel="describedBy"')


def test_a_path_that_is_too_deep_and_a_method_that_is_not_there(client):
    deep = client.get("/a" * 10)
    assert (deep.status, deep.json["title"]) == (414, "Resource Nesting Too Deep")
    other = client.delete("/ping")
    assert (other.status, other.json["title"], other.headers["allow"]) == (405, "Method Not Allowed", "GET")


def test_the_method_may_be_overridden_on_post_alone(client):
    headers = {"X-HTTP-Method-Override": "get"}
    answer = Api().post("/3.0/ping", headers={"Authorization": client.authorization, **headers})
    assert answer.json["health_status"]
    answer = client.call("GET", "/ping", headers=headers)
    assert (answer.status, answer.json["title"]) == (422, "Invalid Method Override")


def test_the_root_is_the_account_with_links_to_this_host(client, owner):
    headers = {"Host": "us1.api.example.com", "X-Forwarded-Proto": "https"}
    answer = client.call("GET", "/", headers=headers)
    assert answer.headers["content-type"] == JSON
    assert answer.headers["link"] == (
        '<https://us1.api.example.com/schema/3.0/Definitions/Root.json>; rel="describedBy"'
    )
    assert (answer.json["email"], answer.json["role"], answer.json["total_subscribers"]) == (owner.email, "owner", 0)
    links = {link["rel"]: link["href"] for link in answer.json["_links"]}
    assert links["self"] == "https://us1.api.example.com/3.0/"
    assert answer.json["member_since"].endswith("+00:00")


def test_an_answer_may_be_partial(client):
    kept = client.get("", fields="account_id,contact.city,unknown.name")
    assert set(kept.json) == {"account_id", "contact"}
    assert set(kept.json["contact"]) == {"city"}
    assert not {"_links", "email"} & set(client.call("GET", "", query="exclude_fields=_links,email&fields=").json)
    both = client.get("", fields="email", exclude_fields="email")
    assert (both.status, both.json["title"]) == (422, "Requested Fields Invalid")


def test_an_answer_that_the_caller_has_is_not_sent_again(client):
    tag = client.get("/ping").headers["etag"]
    for sent in (tag, f'"other", W/{tag}', "*"):
        answer = client.call("GET", "/ping", headers={"If-None-Match": sent})
        assert (answer.status, answer.headers["etag"]) == (304, tag)
    assert client.call("GET", "/ping", headers={"If-None-Match": '"other"'}).status == 200


def test_the_api_describes_itself_without_a_key():
    document = Api().get("/schema/3.0/Swagger.json").json
    assert "/3.0/ping" in document["paths"]
    root = Api().get("/schema/3.0/Definitions/Root.json").json
    link = root["properties"]["_links"]["items"]["$ref"]
    assert link == "https://api.example.com/schema/3.0/Definitions/Link.json"
    assert Api().get(link.removeprefix("https://api.example.com")).json["properties"]["rel"]
    assert Api().get("/schema/3.0/Definitions/Nothing.json").status == 404


@pytest.fixture
def limited(platform):
    with overridden(has_dialect_limits=True):
        yield platform


def test_an_eleventh_call_at_the_same_time_is_refused_at_once(limited, owner, key):
    client = DocsApi(f"Bearer {key}")
    assert {client.get("/ping").status for _ in range(11)} == {200}, "one after the other"
    token_id = next(
        item.id for item, _ in bootstrap.credentials().all(owner.account_id) if key.endswith(f"{item.hint}-us1")
    )
    for _ in range(10):  # calls of other processes
        begin_count()
        bootstrap.in_flight().enter(token_id, 10)
    answer = client.get("/ping")
    assert (answer.status, answer.json["title"]) == (429, "Too Many Requests")
    assert answer.json["detail"] == "You have exceeded the limit of 10 simultaneous connections."
    assert not {"retry-after", "ratelimit"} & set(answer.headers)
    limited.clock.move(timedelta(seconds=36))
    assert client.get("/ping").status == 200, "a call that ended without a trace no longer counts"
