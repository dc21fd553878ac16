"""Read the stock of campaign blueprints (main-api.md, section 17)."""

import json
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Any

from postrider.blueprints.model import Blueprint
from postrider.content.lazy_source import content_source
from postrider.content.model import Content
from postrider.kit.clock import Clock
from postrider.kit.errors import NotFound

EXAMPLE: dict[str, Any] = {
    "sender_name": "Alex Example",
    "sender_email": "alex@example.com",
    "list_name": "Example News",
    "company": {
        "COMPANY_NAME": "Example Company",
        "ADDRESS": "1 Example Street",
        "POSTAL_CODE": "12345",
        "CITY": "Example City",
        "COUNTRY": "Exampleland",
    },
}
"""The sender, list and company in a rendered blueprint."""
ATTRIBUTES = ("event_name", "first_name", "headline", "item_name", "item_price", "order_number", "order_total")
"""Names of the attributes in the stock; a rendered blueprint has empty values or fallbacks for them."""


class BlueprintService:
    def __init__(self, now: Clock) -> None:
        self._now = now

    def all(self) -> list[Blueprint]:
        """Return all blueprints in order of id."""
        return list(_stock().values())

    def get(self, blueprint_id: int) -> Blueprint:
        """Return the blueprint. Raises NotFound."""
        try:
            return _stock()[blueprint_id]
        except KeyError as exc:
            raise NotFound("Unknown blueprint.", code="blueprint_not_found", field="blueprint_id") from exc

    def content(self, blueprint: Blueprint) -> Content:
        """Return the content of a blueprint: the source in MJML and the compiled HTML."""
        start = Content(subject=blueprint.subject, type="custom")
        content: Content = content_source().changed_content(start, {"json_": {"mjml": _text(f"{blueprint.file}.mjml")}})
        return content

    def render(self, blueprint_id: int) -> str:
        """Return the HTML of a blueprint, merged for EXAMPLE without a contact. Raises NotFound."""
        from postrider.content.merge_tags import Frame
        from postrider.content.preview import render_alone
        from postrider.content.vocabulary import Vocabulary

        source = content_source().source_of(self.content(self.get(blueprint_id)))
        vocabulary = Vocabulary.of(dict.fromkeys(ATTRIBUTES, "text"))
        return render_alone(source, frame=Frame(**EXAMPLE), now=self._now(), vocabulary=vocabulary)


@cache
def _stock() -> dict[int, Blueprint]:
    entries = json.loads(_text("index.json"))
    return {entry["id"]: _blueprint(entry) for entry in sorted(entries, key=lambda entry: entry["id"])}


def _blueprint(entry: dict[str, Any]) -> Blueprint:
    moments = {name: datetime.fromisoformat(entry[name]) for name in ("created_at", "updated_at")}
    return Blueprint(**{**entry, **moments, "tags": tuple(entry["tags"])})


def _text(name: str) -> str:
    return files("postrider.blueprints").joinpath("stock", name).read_text(encoding="utf-8")
