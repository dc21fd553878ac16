"""The documents of Customer.io's APIs agree with the contract and its additions."""

from collections.abc import Iterator

import pytest

from infra.openapi import document_for
from infra.rows import CUSTOMERIO, CUSTOMERIO_TRACK
from tests.contract.conformance import Operation, differences, operations
from tests.testing.customerio import customerio_contract

THEIRS = customerio_contract()
NOT_BUILT: set[str] = set()
"""Operations to come. Each is taken out of here when it is built; none may be left in the end."""
DEVIATIONS = {
    "list_segment_membership": {
        f"answer 200.identifiers[]: property {name} is added" for name in ("cio_id", "email", "id")
    }
}
"""The contract has two forms of identifiers there, one of them for workspaces without addresses; ours has one."""
TOLERATED = {"answer 400 is added"}
"""An operation whose parameters may be wrong says so; the contract names no answer for it."""


def _ours() -> Iterator[tuple[str, Operation, str]]:
    for dialect in (CUSTOMERIO, CUSTOMERIO_TRACK):
        for operation_id, operation in operations(document_for(dialect)).items():
            yield operation_id, operation, dialect


BUILT = {operation_id: dialect for operation_id, _, dialect in _ours()}


def test_only_whole_operations_are_registered():
    assert BUILT.keys() == operations(THEIRS).keys() - NOT_BUILT


def test_missing_operations_are_counted():
    assert operations(THEIRS).keys() >= NOT_BUILT
    assert len(BUILT) + len(NOT_BUILT) == len(operations(THEIRS))


@pytest.mark.parametrize("operation_id", sorted(BUILT))
def test_an_operation_is_as_the_contract_says(operation_id):
    found = differences(document_for(BUILT[operation_id]), THEIRS, operation_id)
    assert [line for line in found if line not in TOLERATED | DEVIATIONS.get(operation_id, set())] == []
