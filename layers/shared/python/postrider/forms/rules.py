"""Clean the HTML of a form's owner and find its inputs; pure functions.

Cleaning removes scripts, style sheets, frames and `<form>` elements. Postrider writes the `<form>` around the HTML, so it
can only post to Postrider. If the HTML has an input named `email`, its inputs are the inputs of the form; otherwise it is
shown above a generated field for the address. FormInputs can have names of custom attributes of the list, or the name
`interests` with the name of an interest as value; inputs with other names are ignored.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from typing import Final

import nh3

from postrider.content.texts import texts_for
from postrider.forms.model import Form, FormPlace

EMAIL: Final = "email"
INTERESTS: Final = "interests"
TRAP: Final = "your.website"
"""An invisible field that only programs fill in. Its name has a dot, which names of custom attributes cannot have."""

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
"""Style properties that cannot place an element over another."""


@dataclass(frozen=True, kw_only=True)
class FormInputs:
    """The inputs of cleaned HTML: custom attributes, interests, and whether it has address, button and heading."""

    has_email: bool = False
    has_button: bool = False
    has_heading: bool = False
    attributes: frozenset[str] = frozenset()
    interests: frozenset[str] = field(default_factory=frozenset)

    def __or__(self, other: "FormInputs") -> "FormInputs":
        return FormInputs(attributes=self.attributes | other.attributes, interests=self.interests | other.interests)


def cleaned(html: str | None) -> str:
    """Return the HTML with only the allowed elements, attributes and styles."""
    return nh3.clean(
        html or "",
        tags=set(_TAGS),
        attributes=_ATTRIBUTES,
        tag_attribute_values={"input": {"type": _TYPES}, "button": {"type": {"submit"}}},
        url_schemes={"http", "https", "mailto"},
        url_relative="deny",
        filter_style_properties=set(_STYLES),
    )


def inputs_of(clean_html: str) -> FormInputs:
    """Return the inputs of cleaned HTML; without an input `email`, only the generated address field."""
    parser = _InputParser()
    parser.feed(clean_html)
    parser.close()
    if not parser.has_email:
        return FormInputs(has_heading=parser.has_heading)
    return FormInputs(
        has_email=True,
        has_button=parser.has_button,
        has_heading=parser.has_heading,
        attributes=frozenset(parser.names - {EMAIL, INTERESTS, TRAP}),
        interests=frozenset(parser.interests),
    )


def inputs_of_all(content: Mapping[str, str | None]) -> FormInputs:
    """Return the inputs of all contents of a form, which post to the same URL."""
    inputs = FormInputs()
    for html in content.values():
        inputs |= inputs_of(cleaned(html))
    return inputs


def shown_text(form: Form, list_name: str) -> str:
    """Return what a visitor reads before signing up: the owner's text, else the question of the page."""
    for place in FormPlace:
        html = nh3.clean(cleaned(form.content.get(place)).replace("<", " <"), tags=set())
        if words := " ".join(unescape(html).split()):
            return words
    _, texts = texts_for(form.language)
    return texts.gettext("Do you want to receive emails from “{list}”?").format(list=list_name)


class _InputParser(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.has_email = self.has_button = self.has_heading = False
        self.names: set[str] = set()
        self.interests: set[str] = set()
        self._select_name: str | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        attributes = {name: value or "" for name, value in attrs}
        kind = attributes.get("type", "text" if tag == "input" else "")
        self.has_heading |= tag == "h1"
        self.has_button |= tag == "button" or kind == "submit"
        if tag == "select":
            self._select_name = attributes.get("name")
        if tag == "option" and self._select_name == INTERESTS:
            self.interests.add(attributes.get("value", ""))
        if tag not in ("input", "select", "textarea") or kind == "submit" or not attributes.get("name"):
            return
        self.names.add(attributes["name"])
        self.has_email |= attributes["name"] == EMAIL and kind in ("text", "email")
        if attributes["name"] == INTERESTS and tag == "input":
            self.interests.add(attributes.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select_name = None
