"""Version 2 of Customer.io's Track API: /api/v2/entity and /api/v2/batch."""

from collections import defaultdict
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextvars import Context, copy_context
from typing import Annotated

from pydantic import ValidationError

from functions.compat.customerio.auth import TRACK
from functions.compat.customerio.entity_actions import apply_entity
from functions.compat.customerio.schemas_entities import BatchError, BatchResult, Entity, EntityBatch
from functions.compat.customerio.schemas_track import Done
from postrider.http import Caller, Depends, Operations
from postrider.http.bodies import to_json
from postrider.kit.errors import Forbidden, PostriderError

WORKERS = 8
"""Number of threads that apply a batch: each action waits for several calls of AWS."""

operations = Operations("Track Entities", TRACK)
Writer = Annotated[Caller, Depends(TRACK.needs("records:write"))]


@operations.post("/api/v2/entity", "Apply one action to a person or an object")
def apply_one_entity(caller: Writer, body: Entity) -> Done:
    """Apply the action; it needs the right of the equivalent operation of version 1."""
    apply_entity(caller, body)
    return Done()


@operations.post("/api/v2/batch", "Apply several actions, in order")
def apply_entity_batch(caller: Writer, body: EntityBatch) -> BatchResult:
    """Apply the actions, in order for each person or object; refused actions are reported, the others are applied."""
    groups: dict[str, list[int]] = defaultdict(list)
    for index, call in enumerate(body.batch):
        groups[to_json([call.get("type"), call.get("identifiers")])].append(index)

    def errors_of(indexes: list[int]) -> list[BatchError | None]:
        return [_error_of(caller, index, body.batch[index]) for index in indexes]

    if len(groups) == 1:
        results = [errors_of(indexes) for indexes in groups.values()]
    else:
        with ThreadPoolExecutor(min(WORKERS, len(groups))) as pool:
            results = list(pool.map(lambda context, indexes: context.run(errors_of, indexes), *_with_contexts(groups)))
    errors = [error for group in results for error in group if error is not None]
    return BatchResult(errors=sorted(errors, key=lambda error: error.batch_index) or None)


def _with_contexts(groups: Mapping[str, list[int]]) -> tuple[list[Context], list[list[int]]]:
    """Return the groups, each with a context of the caller."""
    return [copy_context() for _ in groups], list(groups.values())


def _error_of(caller: Caller, index: int, call: dict[str, object]) -> BatchError | None:
    """Apply one call of a batch; return the reason if it is refused."""
    try:
        apply_entity(caller, Entity.model_validate(call))
    except ValidationError as exc:
        first = exc.errors()[0]
        field = ".".join(map(str, first["loc"]))
        return BatchError(batch_index=index, reason="invalid", field=field, message=first["msg"])
    except PostriderError as exc:
        field = ".".join(map(str, exc.field))
        reason = "forbidden" if isinstance(exc, Forbidden) else "invalid"
        return BatchError(batch_index=index, reason=reason, field=field, message=exc.message)
    return None
