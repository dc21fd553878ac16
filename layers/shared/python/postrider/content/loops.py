"""Loops of templates over lists in the data of a mail, such as the items of a receipt; their work is bounded."""

from collections import ChainMap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final, TextIO

from liquid.ast import BlockNode, Node
from liquid.builtin.expressions import LoopExpression, Path
from liquid.builtin.tags.for_tag import ForNode, ForTag
from liquid.context import RenderContext
from liquid.exceptions import LiquidSyntaxError, LoopIterationLimitError
from liquid.stream import TokenStream
from liquid.template import BoundTemplate
from liquid.token import Token

from postrider.content.merge_tags import Merging

MAX_ITERATIONS: Final = 1000
"""Number of runs of the body of a loop in one mail, multiplied by those of the loops around it."""
MAX_REPEATED_CHARS: Final = 100_000
"""Length of the tags that all loops of a content repeat in one mail: it bounds the work as the length of a content does."""
MAX_FILTER_CALLS: Final = 5000
"""Number of calls of filters in one mail."""
_MIN_BODY_CHARS: Final = 10


class TemplateContext(RenderContext):
    """The variables of a template for one mail; it counts the work of loops and filters."""

    __slots__ = ("_filter_calls", "_merging", "_repeated_chars")

    def __init__(self, template: BoundTemplate, variables: dict[str, object], merging: Merging) -> None:
        super().__init__(template, globals=variables)
        self._merging = merging
        self._repeated_chars = self._filter_calls = 0

    @contextmanager
    def loop(self, namespace: Any, forloop: Any) -> Iterator[RenderContext]:
        """Add the variables of a loop, which change with each run of its body; templates of links have them, too."""
        outer = self._merging.loop_values
        self._merging.loop_values = ChainMap(namespace, *outer.maps)
        try:
            with super().loop(namespace, forloop) as context:
                yield context
        finally:
            self._merging.loop_values = outer

    def filter(self, name: str, token: Token | None) -> Any:
        """Return a filter. Raises LoopIterationLimitError after MAX_FILTER_CALLS."""
        self._filter_calls += 1
        if self._filter_calls > MAX_FILTER_CALLS:
            raise LoopIterationLimitError("the loops call too many filters", token=token)
        return super().filter(name, token)

    def count_run(self, chars: int) -> None:
        """Count a run of the body of a loop. Raises LoopIterationLimitError after MAX_REPEATED_CHARS."""
        self._repeated_chars += chars
        if self._repeated_chars > MAX_REPEATED_CHARS:
            raise LoopIterationLimitError("the loops repeat too much", token=None)


class LoopBody(BlockNode):
    """The body of a loop, each run of which is counted with its length."""

    __slots__ = ("_chars",)

    def __init__(self, block: BlockNode) -> None:
        super().__init__(block.token, block.nodes)
        self._chars = max(_MIN_BODY_CHARS, len(str(block)))

    def render_to_output(self, context: RenderContext, buffer: TextIO) -> int:
        assert isinstance(context, TemplateContext)  # templates are rendered with it only
        context.count_run(self._chars)
        return super().render_to_output(context, buffer)


class BoundedForNode(ForNode):
    __slots__ = ()

    def __init__(
        self, token: Token, expression: LoopExpression, block: BlockNode, default: BlockNode | None = None
    ) -> None:
        super().__init__(token, expression, LoopBody(block), default)


class BoundedForTag(ForTag):
    """The tag `for` over a variable, whose work is bounded."""

    node_class = BoundedForNode

    def parse(self, stream: TokenStream) -> Node:
        node = super().parse(stream)
        assert isinstance(node, ForNode)  # which is `node_class`
        if not isinstance(node.expression.iterable, Path):
            raise LiquidSyntaxError("`for` repeats for the elements of a variable, not for a range", token=node.token)
        return node
