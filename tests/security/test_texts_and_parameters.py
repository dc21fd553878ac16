"""Attacks generated from the documents of all dialects: texts of a megabyte, numbers for booleans, repeated parameters."""

import pytest

from tests.testing.callers import WITH_BODY, WITH_QUERY, Callers, bodies, callers_of, malformed
from tests.testing.dialects import problems_of
from tests.testing.factories.full_account import FurnishedAccount, make_furnished_account
from tests.testing.harness import Answer
from tests.testing.operations import Operation, by_tag
from tests.testing.samples import places_of

HUGE = "x" * 1_000_000
OF_ANY_TYPE = {
    ("create_customers_export", "filters.attribute.value"),
    ("find_objects", "filter.object_attribute.value"),
    ("identify_customer", "unsubscribed"),
    ("search_customers", "filter.attribute.value"),
}
"""Operations and places of values for which the contract allows texts, numbers and booleans alike."""


@pytest.fixture(scope="module")
def account(platform) -> FurnishedAccount:
    return make_furnished_account()


@pytest.fixture(scope="module")
def callers(account) -> Callers:
    return callers_of(account)


@pytest.mark.parametrize("operation", WITH_BODY, ids=str)
def test_the_document_limits_every_text_of_a_body(operation):
    texts = places_of(operation.document, operation.body_schema, "string")
    free = {path: schema for path, schema in texts.items() if not {"enum", "const"} & schema.keys()}
    assert [path for path, schema in free.items() if "maxLength" not in schema] == []


@pytest.mark.parametrize("operations", by_tag(WITH_BODY))
def test_no_text_of_a_body_is_stored_at_any_length_or_brings_the_platform_down(callers, platform, subtests, operations):
    for operation in operations:
        body_ids = callers.body_ids(operation)
        for place, body in bodies(operation, "string", HUGE, body_ids):
            with subtests.test(f"{operation} {place}"):
                answer = callers.call(operation, json=body)
                assert 400 <= answer.status < 500 or _is_refused_entry(operation, answer), answer.text[:200]
                assert not problems_of(operation, answer) or answer.status in (404, 413)
    platform.drain()


def _is_refused_entry(operation: Operation, answer: Answer) -> bool:
    """Return whether the answer is about entries of a batch, each of which is refused by itself."""
    return answer.status == 202 and answer.json["data"]["total_valid"] == 0


@pytest.mark.parametrize("operations", by_tag(WITH_BODY))
def test_a_boolean_of_a_body_is_no_number_and_no_text(callers, subtests, operations):
    for operation in operations:
        body_ids = callers.body_ids(operation)
        for value in (0, 1, "true"):
            for place, body in bodies(operation, "boolean", value, body_ids):
                if (operation.description["operationId"], place) in OF_ANY_TYPE:
                    continue
                with subtests.test(f"{operation} {place}: {value!r}"):
                    answer = callers.call(operation, json=body)
                    assert answer.status == malformed(operation), answer.text
                    assert place in answer.text.replace('","', "."), "the place is named"


@pytest.mark.parametrize("operations", by_tag(WITH_QUERY))
def test_a_parameter_is_given_once(callers, subtests, operations):
    for operation in operations:
        required = {p["name"]: "1700000000" for p in operation.parameters("query") if p.get("required")}
        for parameter in operation.parameters("query"):
            with subtests.test(f"{operation} {parameter['name']}"):
                name = parameter["name"]
                pairs = [*((key, value) for key, value in required.items() if key != name), (name, "1"), (name, "1")]
                answer = callers.call(operation, query="&".join("=".join(pair) for pair in pairs))
                assert answer.status == malformed(operation), answer.text
                assert name in answer.text
                assert problems_of(operation, answer) == []
