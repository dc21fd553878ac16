"""What a form shows and asks for, from the HTML that its owner gave; pure.

The owner's HTML is cleaned: no scripts, no style sheets, no frames, no `<form>` of its own. The `<form>` around it is
always ours, so it posts to us and nowhere else. When the HTML holds an input named `email`, its inputs are the form's;
else it is what stands above our own field for the address. Inputs may be named after custom attributes of the list, and
`interests` with the name of an interest as value; all other names are ignored.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final

import nh3

EMAIL: Final = "email"
INTERESTS: Final = "interests"
TRAP: Final = "your.website"
"""A field that people do not see and programs fill in. No custom attribute can have this name: it has a dot."""

_CONTROLS: Final = {"input", "label", "select", "option", "optgroup", "textarea", "button", "fieldset", "legend"}
_TAGS: Final = (nh3.ALLOWED_TAGS | _CONTROLS | {"section", "main"}) - {"area", "map"}
_ATTRIBUTES: Final[dict[str, set[str]]] = {
    **{tag: set(names) for tag, names in nh3.ALLOWED_ATTRIBUTES.items()},
    "*": {"id", "class", "style", "title", "lang", "dir", "aria-label", "aria-describedby", "aria-required"},
    "input": {"name", "value", "placeholder", "required", "autocomplete", "checked", "min", "max", "minlength"}
    | {"maxlength", "size", "step", "pattern", "inputmode"},
    "label": {"for"},
    "select": {"name", "required", "multiple", "autocomplete"},
    "option": {"value", "selected", "label"},
    "optgroup": {"label"},
    "textarea": {"name", "placeholder", "required", "rows", "cols", "maxlength"},
}
_TYPES: Final = {
    "text",
    "email",
    "tel",
    "url",
    "number",
    "date",
    "datetime-local",
    "checkbox",
    "radio",
    "hidden",
    "submit",
}
_STYLES: Final = {
    *(
        "color",
        "background",
        "background-color",
        "border",
        "border-color",
        "border-radius",
        "border-style",
        "box-sizing",
    ),
    *("border-width", "display", "font", "font-family", "font-size", "font-style", "font-weight", "gap", "height"),
    *("letter-spacing", "line-height", "list-style", "margin", "margin-bottom", "margin-left", "margin-right"),
    *("margin-top", "max-width", "min-height", "min-width", "padding", "padding-bottom", "padding-left", "flex"),
    *("padding-right", "padding-top", "text-align", "text-decoration", "text-transform", "vertical-align", "width"),
}
"""Nothing that lays one thing over another."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What the inputs of cleaned HTML ask for; `own_email` and `button` say whether it has these itself."""

    own_email: bool = False
    button: bool = False
    heading: bool = False
    attributes: frozenset[str] = frozenset()
    interests: frozenset[str] = field(default_factory=frozenset)

    def __or__(self, other: "Asked") -> "Asked":
        return Asked(attributes=self.attributes | other.attributes, interests=self.interests | other.interests)


def cleaned(html: str | None) -> str:
    return nh3.clean(
        html or "",
        tags=set(_TAGS),
        attributes=_ATTRIBUTES,
        tag_attribute_values={"input": {"type": _TYPES}, "button": {"type": {"submit"}}},
        url_schemes={"http", "https", "mailto"},
        url_relative="deny",
        filter_style_properties=set(_STYLES),
    )


def asked_by(clean_html: str) -> Asked:
    """A form asks for nothing but the address when its own HTML has no input for it."""
    reader = _Inputs()
    reader.feed(clean_html)
    reader.close()
    if not reader.own_email:
        return Asked(heading=reader.heading)
    return Asked(
        own_email=True,
        button=reader.button,
        heading=reader.heading,
        attributes=frozenset(reader.names - {EMAIL, INTERESTS, TRAP}),
        interests=frozenset(reader.interests),
    )


def asked_anywhere(content: Mapping[str, str | None]) -> Asked:
    """By either of a form's contents: both post to the same address."""
    asked = Asked()
    for html in content.values():
        asked |= asked_by(cleaned(html))
    return asked


class _Inputs(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.own_email = self.button = self.heading = False
        self.names: set[str] = set()
        self.interests: set[str] = set()
        self._inside: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        kind = given.get("type", "text" if tag == "input" else "")
        self.heading |= tag == "h1"
        self.button |= tag == "button" or kind == "submit"
        if tag == "select":
            self._inside = given.get("name")
        if tag == "option" and self._inside == INTERESTS:
            self.interests.add(given.get("value", ""))
        if tag not in ("input", "select", "textarea") or kind == "submit" or not given.get("name"):
            return
        self.names.add(given["name"])
        self.own_email |= given["name"] == EMAIL and kind in ("text", "email")
        if given["name"] == INTERESTS and tag == "input":
            self.interests.add(given.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._inside = None
