"""The official client for Python of the Docs Marketing API, with its host set to the platform."""

import time
from typing import Any

import httpx
import pytest

from infra.local import demo


@pytest.fixture(scope="module")
def said(clients: Any) -> dict[str, Any]:
    mark = f"audience{int(time.time())}"
    answers: dict[str, Any] = clients.python("audiences", mark=mark)
    return answers | {"mark": mark}


def test_the_client_reads_the_account(said: dict[str, Any]) -> None:
    assert said["ping"]["health_status"]
    assert set(said["root"]) == {"account_name", "total_subscribers"}


def test_an_audience_and_its_fields_are_made_changed_and_deleted(said: dict[str, Any]) -> None:
    assert said["audience"]["name"] == f"{said['mark']} changed"
    assert said["audience"]["stats"]["total_contacts"] == 0
    assert said["made"]["id"] in {audience["id"] for audience in said["page"]["lists"]}
    assert said["page"].keys() == {"lists", "total_items"}
    tags = [field["tag"] for field in said["fields"]]
    assert tags[:4] == ["FNAME", "LNAME", "ADDRESS", "PHONE"]
    assert (said["fields"][4]["options"], said["fields"][4]["help_text"]) == ({"choices": ["red"]}, "Choose.")
    assert said["activity"]["total_items"] == 1
    assert said["deleted"] == [204, 204]


def test_a_refused_call_is_a_problem_document_that_the_client_shows_as_text(said: dict[str, Any]) -> None:
    assert said["gone"]["title"] == said["not_built"]["title"] == "Resource Not Found"
    fields = {error["field"] for error in said["invalid"]["errors"]}
    assert fields == {"contact", "permission_reminder", "campaign_defaults", "email_type_option"}


def test_links_of_an_answer_lead_somewhere(deployment: Any, api: demo.Api, said: dict[str, Any]) -> None:
    schemas = [link["targetSchema"] for link in said["made"]["_links"] if "targetSchema" in link]
    assert schemas
    for url in {*schemas, *(link.get("schema") for link in said["made"]["_links"] if "schema" in link)}:
        assert url.startswith(deployment.url)
        assert httpx.get(url, timeout=60).json()["$id"] == url
