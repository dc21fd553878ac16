"""Callers of one account in every API, and the bodies with a value of one's own in each place."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from tests.testing.dialects import DIALECTS, Client, Dialect
from tests.testing.factories.full_account import FurnishedAccount
from tests.testing.harness import Answer
from tests.testing.operations import OPERATIONS, Operation
from tests.testing.samples import placed, places_of

ALL = [*OPERATIONS, *(operation for dialect in DIALECTS.values() for operation in dialect.operations)]
WITH_BODY = [operation for operation in ALL if operation.body_schema is not None]
WITH_QUERY = [operation for operation in ALL if operation.parameters("query")]


@dataclass(frozen=True)
class Callers:
    """Callers of an account in every dialect."""

    account: FurnishedAccount
    clients: dict[str, Client]
    _ids: dict[Operation, dict[str, Any]] = field(default_factory=dict)

    def ids(self, operation: Operation) -> dict[str, Any]:
        """Return the ids for all calls of an operation: a dialect makes things for it, at its first call."""
        dialect = dialect_of(operation)
        if dialect is None:
            return self.account.ids
        if operation not in self._ids:
            self._ids[operation] = dialect.ids(self.account)
        return self._ids[operation]

    def body_ids(self, operation: Operation) -> dict[str, Any]:
        """Return those of the ids that bodies hold."""
        ids = self.ids(operation)
        return {name: ids[name] for name in operation.body_ids}

    def sample(self, operation: Operation) -> Any:
        """Return a body that fits, with the ids of the account."""
        return operation.sample(self.body_ids(operation))

    def call(self, operation: Operation, **options: Any) -> Answer:
        dialect, ids = dialect_of(operation), self.ids(operation)
        if dialect is not None:
            return self.clients[dialect.name].call(operation, ids, **options)
        path, arguments = operation.arguments(ids)
        if operation.content_type == "application/x-www-form-urlencoded":
            arguments["form"] = arguments.pop("json")
            options = {"form" if name == "json" else name: value for name, value in options.items()}
        return self.account.api.call(operation.method, path, **{**arguments, **options})


@cache
def dialect_of(operation: Operation) -> Dialect | None:
    return next((dialect for dialect in DIALECTS.values() if operation in dialect.operations), None)


def malformed(operation: Operation) -> int:
    """Return the status of an answer to a call that does not fit the document."""
    return 422 if dialect_of(operation) is None else 400


def callers_of(account: FurnishedAccount) -> Callers:
    return Callers(account, {name: dialect.client(account.owner) for name, dialect in DIALECTS.items()})


def bodies(operation: Operation, kind: str, value: Any, ids: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Return bodies of the operation that have this value in place of each value of the type."""
    schema = operation.body_schema or {}
    for path in places_of(operation.document, schema, kind):
        yield ".".join(map(str, path)), placed(operation.document, schema, ids, path, value)
