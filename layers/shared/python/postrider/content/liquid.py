"""Restrict Liquid for authors' templates: no files, no unescaped output, bounded values and loops."""

import functools
from collections.abc import Callable, Sequence
from typing import Any, Final, cast
from urllib.parse import quote

from liquid import Environment, Undefined
from liquid.builtin import content, illegal, output
from liquid.builtin.filters.misc import default
from liquid.builtin.tags import assign_tag, capture_tag, case_tag, comment_tag, if_tag, unless_tag
from liquid.exceptions import (
    FilterArgumentError,
    LiquidError,
    LoopIterationLimitError,
    ResourceLimitError,
    UndefinedError,
)
from liquid.static_analysis import Variable
from liquid.template import BoundTemplate

from postrider.content import undefined_variables
from postrider.content.loops import MAX_ITERATIONS, BoundedForTag
from postrider.kit.errors import Invalid

MAX_VALUE_CHARS: Final = 64 * 1024
"""Length of any text that a filter takes or returns."""
MAX_NUMBER: Final = 10**18
MAX_LOCAL_BYTES: Final = 512 * 1024
MAX_OUTPUT_BYTES: Final = 4 * 1024 * 1024
MAX_FILTERS: Final = 500
"""Number of filters in one content. With MAX_VALUE_CHARS and the limits of loops, it bounds the time of a rendering."""
RESERVED: Final = "_pr"
"""The variable that holds the merge tags; authors cannot use it."""
QUOTE: Final = f"{RESERVED}_quote"
"""The filter that percent-encodes a value for a URL; authors cannot use it."""

TAG_NAMES: Final = frozenset(
    [
        "if",
        "elsif",
        "else",
        "endif",
        "unless",
        "endunless",
        "case",
        "when",
        "endcase",
        "assign",
        "capture",
        "endcapture",
        "comment",
        "endcomment",
        "for",
        "endfor",
    ]
)
_TAGS: Final = (
    content.Literal,
    output.Output,
    illegal.Illegal,
    if_tag.IfTag,
    unless_tag.UnlessTag,
    case_tag.CaseTag,
    assign_tag.AssignTag,
    capture_tag.CaptureTag,
    comment_tag.CommentTag,
    BoundedForTag,
)
_FILTERS: Final = [
    "abs",
    "append",
    "at_least",
    "at_most",
    "capitalize",
    "ceil",
    "default",
    "divided_by",
    "downcase",
    "escape",
    "escape_once",
    "floor",
    "lstrip",
    "minus",
    "modulo",
    "newline_to_br",
    "plus",
    "prepend",
    "remove",
    "remove_first",
    "remove_last",
    "replace",
    "replace_first",
    "replace_last",
    "round",
    "rstrip",
    "size",
    "slice",
    "strip",
    "strip_newlines",
    "times",
    "truncate",
    "truncatewords",
    "upcase",
    "url_encode",
]
"""Left out: `safe` and the decoders (they undo escaping), `strip_html` (quadratic), `date` (it reads the machine's
clock), and filters of arrays."""

_VARIABLES: Final[dict[str, frozenset[str] | None]] = {
    "contact": None,
    "sender": frozenset({"name", "email"}),
    "list": frozenset({"name"}),
    "campaign": frozenset({"subject"}),
    "company": frozenset({"name", "address", "city", "province", "postal_code", "country", "website", "phone"}),
    RESERVED: None,
}
MAX_PATH: Final = 10
"""Names in the path of a variable with data, such as `trigger.order.lines[0].name`."""


class _Environment(Environment):
    block_nesting_limit = 30
    context_depth_limit = 30
    loop_iteration_limit = MAX_ITERATIONS
    local_namespace_limit = MAX_LOCAL_BYTES
    output_stream_limit = MAX_OUTPUT_BYTES
    suppress_blank_control_flow_blocks = False

    def setup_tags_and_filters(self, *, extra: bool = False) -> None:
        super().setup_tags_and_filters(extra=extra)
        known, self.tags, self.filters = self.filters, {}, {}
        for tag in _TAGS:
            self.add_tag(tag)
        for name in _FILTERS:
            self.add_filter(name, _bounded(known[name], grows=name.startswith(("replace", "remove"))))
        self.add_filter(QUOTE, lambda value, safe: quote(str(value), safe=safe))


def _bounded(apply: Callable[..., Any], *, grows: bool) -> Callable[..., Any]:
    """Wrap a filter so that it refuses values above the limits. A replacing filter is measured before it runs."""

    @functools.wraps(apply)
    def checked(*args: Any, **kwargs: Any) -> Any:
        for value in args:
            _measure(value)
            if isinstance(value, undefined_variables.MissingValue) and apply is not default:
                value.poke()  # filters of numbers would take it as 0
        if grows and len(args) > 2:
            text, old, new = (str(value) for value in args[:3])
            if text.count(old) * len(new) > MAX_VALUE_CHARS:
                raise FilterArgumentError("the replaced text is too long", token=None)
        try:
            result = apply(*args, **kwargs)
        except (ArithmeticError, ValueError, TypeError) as exc:
            raise FilterArgumentError("the value has the wrong type for the filter", token=None) from exc
        _measure(result)
        return result

    return checked


def _measure(value: Any) -> None:
    too_long = isinstance(value, str) and len(value) > MAX_VALUE_CHARS
    too_big = isinstance(value, (int, float)) and not -MAX_NUMBER <= value <= MAX_NUMBER
    if too_long or too_big or isinstance(value, range):
        raise FilterArgumentError("a value is too large for a filter", token=None)


@functools.cache
def _environment(*, html: bool) -> _Environment:
    return _Environment(autoescape=html, undefined=cast("type[Undefined]", undefined_variables.undefined))


class BrokenTemplate(Invalid):
    """An invalid template; `index` is the place in its source, None if it ends too early."""

    def __init__(self, message: str, *, code: str, index: int | None = None) -> None:
        super().__init__(message, code=code)
        self.index = index


def parse(
    source: str, *, html: bool, names: frozenset[str] | None, loop_variables: frozenset[str] = frozenset()
) -> BoundTemplate:
    """Parse a template that uses only the known variables. `names` are the contact's fields, None if unknown.

    `loop_variables` are those of loops around a template that is a part of another, such as a URL.

    Raises Broken with the reason that Liquid gives.
    """
    try:
        environment = _environment(html=html)
        template = environment.from_string(source)
        used = template.analyze()
    except ResourceLimitError as exc:
        raise BrokenTemplate("Template tags are nested too deeply.", code="template_limit", index=_index(exc)) from exc
    except LiquidError as exc:
        reason = str(exc.args[0]) if exc.args else "it cannot be parsed"
        raise BrokenTemplate(f"Invalid template syntax: {reason}.", code="template_syntax", index=_index(exc)) from exc
    except RecursionError as exc:
        raise BrokenTemplate("Invalid template syntax: tags are nested too deeply.", code="template_syntax") from exc
    if unknown := used.filters.keys() - environment.filters.keys():
        name = min(unknown)
        index = used.filters[name][0].index
        raise BrokenTemplate(f"Unknown template filter {name!r}.", code="template_filter", index=index)
    for variables in used.globals.values():
        for variable in variables:
            if variable.segments[0] not in loop_variables or not _is_plain(variable.segments[1:]):
                _check_variable(variable, names)
    return template


def is_broken(fragment: str) -> bool:
    """Return whether a tag of a template cannot be parsed by itself."""
    name, _, rest = fragment.strip("{}%- ").partition(" ")
    if name in ("when", "else") or name.startswith("end"):
        return False
    if name == "elsif":
        fragment = f"{{% if {rest} %}}"
        name = "if"
    closing = f"{{% end{name} %}}" if f"end{name}" in TAG_NAMES else ""
    try:
        _environment(html=False).from_string(fragment + closing)
    except (LiquidError, RecursionError):
        return True
    return False


def _index(error: LiquidError) -> int | None:
    return error.token.start_index if error.token is not None and error.token.start_index >= 0 else None


def _check_variable(variable: Variable, names: frozenset[str] | None) -> None:
    segments = variable.segments
    root = segments[0]
    if root == RESERVED or (root in undefined_variables.STRICT and _is_data_path(segments)):
        return
    allowed = _VARIABLES.get(root, frozenset()) if isinstance(root, str) else frozenset()
    if root == "contact":
        allowed = names
    known = len(segments) == 2 and isinstance(segments[1], str) and not segments[1].startswith("_")
    if not known or (allowed is not None and segments[1] not in allowed):
        path = ".".join(str(segment) for segment in segments)
        raise BrokenTemplate(
            f"Unknown template variable {path!r}.", code="template_variable", index=variable.span.index
        )


def _is_data_path(segments: Sequence[object]) -> bool:
    """Return whether the path of a strict variable is plain: names and numbers, not too many, none of them private."""
    root, *names = segments
    if root == undefined_variables.LAYOUT:
        return not names
    most = MAX_PATH if root in undefined_variables.DATA else 1
    return _is_plain(names) and 1 <= len(names) <= most


def _is_plain(names: Sequence[object]) -> bool:
    return all(isinstance(name, int) or (isinstance(name, str) and not name.startswith("_")) for name in names)


def failure(exc: Exception) -> Invalid:
    """Return the domain error for an error that Liquid raised while rendering."""
    if isinstance(exc, UndefinedError):
        return undefined_variables.failure(exc)
    if isinstance(exc, LoopIterationLimitError):
        return Invalid("The loops of the content run too often; shorten the lists of the data.", code="template_limit")
    if isinstance(exc, ResourceLimitError):
        return Invalid("The merged content is too large.", code="template_limit")
    return Invalid("The template failed for this recipient.", code="template_failed")
