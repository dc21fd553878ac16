"""The document of the Docs Marketing API agrees with its contract, operation by operation."""

import pytest

from infra.openapi import document_for
from infra.rows import DOCS
from tests.contract.conformance import differences, operations
from tests.testing.docs import docs_contract

THEIRS = docs_contract()
ADDED = {"getDefinition"}
"""Operations of the platform that the contract does not have: schemas, to which answers link."""
TOLERATED = {"answer 400 is added", "answer 404 is added", "answer 422 is added"}
"""The contract does not list every error of an operation that it describes in the text."""
DEVIATIONS = {
    "getLists": {f"parameter {name}_campaign_last_sent in query is missing" for name in ("before", "since")},
}
"""Lists do not know the time of their last campaign yet, so that audiences cannot be selected by it."""
BUILT = operations(document_for(DOCS)).keys()


def test_only_operations_of_the_contract_are_registered():
    assert operations(THEIRS).keys() >= BUILT - ADDED


@pytest.mark.parametrize("operation_id", sorted(BUILT - ADDED))
def test_an_operation_is_as_the_contract_says(operation_id):
    found = differences(document_for(DOCS), THEIRS, operation_id)
    assert [line for line in found if line not in TOLERATED | DEVIATIONS.get(operation_id, set())] == []
