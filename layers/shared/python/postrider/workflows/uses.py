"""Note the uses of workflows and their actions before and after each change."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from postrider.uses.model import OwnerKind, UsedObject, UsingObject, named
from postrider.uses.service import UseService
from postrider.workflows.model import Action, Workflow

Part = Workflow | Action


class WorkflowUses:
    def __init__(self, uses: UseService) -> None:
        self._uses = uses

    @contextmanager
    def saving(self, *changes: tuple[Part | None, Part | None]) -> Iterator[None]:
        """Note the uses of `before` and `after` around the write in the context; None stands for a missing object."""
        with ExitStack() as stack:
            for before, after in changes:
                part = after or before
                assert part is not None, "before or after must exist"
                noted = self._uses.saving(
                    part.account_id, _owner(part), before=_named_by(before), after=_named_by(after)
                )
                stack.enter_context(noted)
            yield


def _owner(part: Part) -> UsingObject:
    kind = OwnerKind.WORKFLOW if isinstance(part, Workflow) else OwnerKind.ACTION
    return UsingObject(kind, str(part.id))


def _named_by(part: Part | None) -> frozenset[UsedObject]:
    if isinstance(part, Workflow):
        return named(segment_id=part.segment_id)
    return frozenset() if part is None else named(sender_id=part.sender_id, snippets=part.snippets or ())
