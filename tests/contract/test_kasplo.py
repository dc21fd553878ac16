"""The document of the Kasplo API says what its contract says."""

import pytest

from infra.openapi import document_for
from infra.rows import KASPLO
from tests.contract.conformance import contract, differences, operations
from tests.testing.kasplo import CONTRACT

THEIRS = contract(CONTRACT)
NOT_BUILT: set[str] = set()


def test_only_whole_operations_are_registered():
    assert operations(document_for(KASPLO)).keys() == operations(THEIRS).keys() - NOT_BUILT


@pytest.mark.parametrize("operation_id", sorted(operations(THEIRS).keys() - NOT_BUILT))
def test_an_operation_is_as_the_contract_says(operation_id):
    assert differences(document_for(KASPLO), THEIRS, operation_id) == []
