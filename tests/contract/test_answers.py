"""The check of answers that functional tests use."""

import pytest

from tests.contract.answers import conforms, operation_at

TAG = {"data": {"tag": "vip"}}
REFUSED = {"detail": [{"msg": "Unknown tag.", "type": "tag_not_found", "loc": ["path", "tag"]}]}


def test_a_call_is_of_one_operation():
    assert operation_at("GET", "/accounts/self") == "get_self_account"
    assert operation_at("GET", "/accounts/42") == "get_account"
    assert operation_at("POST", "/lists/7/contacts/tag") == "tag_multiple_contacts"
    assert operation_at("POST", "/o/7") is None


@pytest.mark.parametrize(("status", "body"), [(200, TAG), (400, REFUSED), (403, REFUSED), (500, {"detail": "x"})])
def test_an_answer_as_promised_passes(status, body):
    conforms("show_tag", status, body)


def test_an_optional_key_is_there_and_null():
    conforms("create_tag", 201, {"tag": "vip", "object": "tag", "created": True, "data": None})
    with pytest.raises(AssertionError, match="'data' is a required property"):
        conforms("create_tag", 201, {"tag": "vip", "object": "tag", "created": True})


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"data": {"tag": 7}}),
        (200, {"data": {"tag": "vip", "colour": "red"}}),
        (200, {"data": {}}),
        (201, TAG),
        (400, {"detail": "no list"}),
        (418, REFUSED),
    ],
)
def test_an_answer_that_was_not_promised_fails(status, body):
    with pytest.raises(AssertionError):
        conforms("show_tag", status, body)
