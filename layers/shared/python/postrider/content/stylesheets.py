"""Read style sheets into rules, with what each may do to an element, and write what is left of them."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import cssselect.parser as css
import tinycss2
from tinycss2.ast import AtRule, Node, QualifiedRule

from postrider.content.selectors import parsed_selector

_WEIGHED: Final = frozenset({"media", "supports", "container"})
"""At-rules whose rules compete with others by specificity and order."""
_CONDITIONS: Final = _WEIGHED | {"layer", "scope", "starting-style", "document", "-moz-document"}
"""At-rules that hold rules which apply under a condition or by another precedence."""
_STRONGEST: Final = (math.inf, 0.0, 0.0)
_SHORTHAND: Final = re.compile(
    "animation|background|border|border-radius|columns|flex|flex-flow|font|gap|grid|inset|list-style|margin|mask|outline"
    "|overflow|padding|place|text-decoration|text-emphasis|transition|white-space"
)
_ALONE: Final = re.compile("border-(?:collapse|spacing)")
_CORNER: Final = re.compile("border-(?:[a-z]+-)*radius")
_LOGICAL: Final = re.compile("inline|block")
_PREFIXES: Final = ("-webkit-", "-moz-", "-ms-", "-o-")
_PSEUDO: Final = re.compile(r"(?<!\\)::?([a-zA-Z-]+)")
_KNOWN_PSEUDO: Final = re.compile(
    "active|after|any-link|before|checked|disabled|empty|enabled|first-child|first-letter|first-line|first-of-type|focus"
    "|has|hover|is|lang|last-child|last-of-type|link|not|nth-child|nth-last-child|nth-last-of-type|nth-of-type"
    "|only-child|only-of-type|root|selection|target|visited|where"
)
"""Names after a colon that all browsers know. A browser ignores a rule with a name that it does not know."""
_RELATED: Final = {
    "line-height": "font",
    "column-count": "columns",
    "column-width": "columns",
    "column-gap": "gap",
    "row-gap": "gap",
    "text-wrap": "white-space",
    **dict.fromkeys(("top", "right", "bottom", "left"), "inset"),
    **dict.fromkeys(("align-content", "align-items", "align-self"), "place"),
    **dict.fromkeys(("justify-content", "justify-items", "justify-self"), "place"),
    **{f"{limit}inline-size": f"{limit}width" for limit in ("", "min-", "max-")},
    **{f"{limit}block-size": f"{limit}height" for limit in ("", "min-", "max-")},
}
_CROSSING: Final = frozenset({"border", "flex", "grid", "inset", "place"})
"""Families whose shorthands set parts of each other, as border-top and border-color do."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """A declaration. `property` is its name without a prefix, `family` the shorthand of properties that it belongs to."""

    name: str
    value: str
    is_important: bool
    property: str
    family: str

    def __str__(self) -> str:
        return f"{self.name}:{self.value}{'!important' if self.is_important else ''}"

    def meets(self, other: "Declaration") -> bool:
        """Return whether the two may set the same property, by themselves or as a shorthand."""
        own, others = self.property, other.property
        if "all" in (own, others) or own == others:
            return True
        if self.family != other.family:
            return False
        crosses = self.family in _CROSSING or _LOGICAL.search(f"{own} {others}") is not None
        return crosses or self.family in (own, others) or own.startswith(f"{others}-") or others.startswith(f"{own}-")


Specificity = tuple[float, float, float]


@dataclass(slots=True, eq=False)
class Selector:
    """A selector of a rule. Without a `tree` it stands for any element. `kept`: declarations that stay in the sheet."""

    text: str
    tree: css.Tree | None
    specificity: Specificity
    kept: set[int] = field(default_factory=set)


@dataclass(slots=True, eq=False)
class Rule:
    """A rule; `order` counts the rules of all sheets. Conditional ones apply at some times or to some readers."""

    order: int
    selectors: list[Selector]
    declarations: list[Declaration]
    is_conditional: bool

    def keep(self, selector: Selector) -> None:
        """Leave this selector with all declarations in the sheet."""
        selector.kept.update(range(len(self.declarations)))

    def remaining(self) -> str:
        """Return what stays in the sheet: the selectors that keep a declaration, with all that any of them keeps."""
        selectors = [selector for selector in self.selectors if selector.kept]
        kept = sorted({index for selector in selectors for index in selector.kept})
        if not kept:
            return ""
        body = ";".join(str(self.declarations[index]) for index in kept)
        return f"{','.join(selector.text for selector in selectors)}{{{body}}}"


class Sheet:
    """A style sheet; a conditional one applies at some times, or is hidden from some mail programs."""

    def __init__(self, text: str, *, first_order: int, is_conditional: bool) -> None:
        self._text = text
        self._nodes: list[tuple[Node, Rule | None]] = []
        self.rules: list[Rule] = []
        self._next = first_order
        for node in tinycss2.parse_stylesheet(text, skip_comments=True):
            rules = list(self._rules(node, is_conditional=is_conditional))
            self.rules += rules
            alone = rules[0] if isinstance(node, QualifiedRule) and len(rules) == 1 else None
            self._nodes.append((node, None if alone is None or alone.is_conditional else alone))

    def remaining(self) -> str:
        """Return the sheet without the declarations that have left it."""
        if all(rule is None or _is_whole(rule) for _, rule in self._nodes):
            return self._text
        written = [
            node.serialize() if rule is None or _is_whole(rule) else rule.remaining()
            for node, rule in self._nodes
            if node.type != "error"
        ]
        return "\n".join(line.strip() for line in "".join(written).splitlines() if line.strip())

    def _rules(self, node: Node, *, is_conditional: bool, is_strongest: bool = False) -> Iterator[Rule]:
        if isinstance(node, QualifiedRule):
            yield from self._rule(node, is_conditional=is_conditional, is_strongest=is_strongest)
        elif isinstance(node, AtRule) and node.content is not None and node.lower_at_keyword in _CONDITIONS:
            strongest = is_strongest or node.lower_at_keyword not in _WEIGHED
            for inner in tinycss2.parse_blocks_contents(node.content, skip_comments=True, skip_whitespace=True):
                yield from self._rules(inner, is_conditional=True, is_strongest=strongest)

    def _rule(self, node: QualifiedRule, *, is_conditional: bool, is_strongest: bool) -> Iterator[Rule]:
        selectors = _selectors(node.prelude, is_strongest=is_strongest)
        if selectors is None:
            return
        contents = tinycss2.parse_blocks_contents(node.content, skip_comments=True, skip_whitespace=True)
        nested = [inner for inner in contents if inner.type in ("qualified-rule", "at-rule")]
        self._next += 1
        is_uncertain = any(
            not _KNOWN_PSEUDO.fullmatch(name.lower())
            for selector in selectors
            for name in _PSEUDO.findall(selector.text)
        )
        yield Rule(self._next, selectors, list(_declarations(contents)), is_conditional or is_uncertain or bool(nested))
        for inner in nested:
            yield from self._nested(inner)

    def _nested(self, node: Any) -> Iterator[Rule]:
        """Yield a nested rule as one for any element: what `&` stands for is left to browsers."""
        contents = tinycss2.parse_blocks_contents(node.content or [], skip_comments=True, skip_whitespace=True)
        self._next += 1
        yield Rule(self._next, [Selector("", None, _STRONGEST)], list(_declarations(contents)), is_conditional=True)
        for inner in contents:
            if inner.type in ("qualified-rule", "at-rule"):
                yield from self._nested(inner)

    @property
    def last_order(self) -> int:
        return self._next


def _is_whole(rule: Rule) -> bool:
    return all(len(selector.kept) == len(rule.declarations) for selector in rule.selectors)


def _selectors(prelude: list[Node], *, is_strongest: bool) -> list[Selector] | None:
    """Return the selectors of a rule; None if one is invalid, for which browsers ignore the rule."""
    texts: list[str] = []
    tokens: list[Node] = []
    for token in [*prelude, None]:
        if token is None or (token.type == "literal" and token.value == ","):
            texts.append(tinycss2.serialize(tokens).strip())
            tokens = []
        else:
            tokens.append(token)
    selectors = []
    for text in texts:
        parsed = parsed_selector(text)
        if parsed is None:
            return None
        if parsed.pseudo_element is None:
            specificity = _STRONGEST if is_strongest else parsed.specificity()
            selectors.append(Selector(text, parsed.parsed_tree, specificity))
        else:
            selectors.append(_of_pseudo_element(text))
    return selectors


def _of_pseudo_element(text: str) -> Selector:
    """Return a selector that concerns no element itself."""
    return Selector(text, css.Class(css.Element(), ""), (0, 0, 0))


def _declarations(contents: list[Any]) -> Iterator[Declaration]:
    for node in contents:
        if node.type == "declaration":
            value = tinycss2.serialize(node.value).strip()
            name = node.lower_name
            for prefix in _PREFIXES:
                name = name.removeprefix(prefix)
            yield Declaration(node.name, value, node.important, name, _family(name))


def _family(name: str) -> str:
    if name.startswith("--") or _ALONE.fullmatch(name):
        return name
    if _CORNER.fullmatch(name):
        return "border-radius"
    name = _RELATED.get(name, name)
    parts = name.split("-")
    heads = ("-".join(parts[:count]) for count in range(1, len(parts) + 1))
    return next((head for head in heads if _SHORTHAND.fullmatch(head)), name)
