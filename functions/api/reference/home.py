"""The page at the root of the API: what this is, and where to go on."""

from collections.abc import Mapping
from html import escape

STYLE = """
:root { color-scheme: light dark; --text: #1c2330; --quiet: #55606f; --line: #d5dbe4; --link: #0b57b0; --back: #fff;
  --code: #f2f4f8; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6e9ef; --quiet: #a5afbd; --line: #3a4352; --link: #8ab8ff; --back: #14181f; --code: #1f2530; }
}
body { font: 1.05rem/1.55 system-ui, sans-serif; max-width: 42rem; margin: 3rem auto; padding: 0 1rem; color: var(--text);
  background: var(--back); }
h1 { line-height: 1.2; } p { color: var(--quiet); } a { color: var(--link); }
ul { list-style: none; padding: 0; } li { border-top: 1px solid var(--line); padding: .8rem 0; }
li span { display: block; color: var(--quiet); }
pre { background: var(--code); padding: 1rem; font-size: .9rem; white-space: pre-wrap; overflow-wrap: anywhere; }
"""
FIRST_CALL = """TOKEN=$(
  curl -s {base}/token -d username=YOU@example.com -d password=… |
  python3 -c 'import json, sys; print(json.load(sys.stdin)["access_token"])'
)
curl -s {base}/lists -H "Authorization: Bearer $TOKEN"
"""
LINKS = {
    "/reference": ("API reference", "Read about every operation, and try it."),
    "/reference/openapi.json": ("OpenAPI document", "The same for programs, such as client generators."),
}
"""Titles and descriptions by address."""


def home_page(base_url: str, links: Mapping[str, tuple[str, str]] = LINKS) -> str:
    """Return the page. `links` are the places that it leads to."""
    items = "".join(
        f'<li><a href="{escape(address)}">{escape(title)}</a><span>{escape(text)}</span></li>'
        for address, (title, text) in links.items()
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Postrider</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{STYLE}</style></head><body><main>'
        "<h1>Postrider</h1><p>Email marketing in your own AWS account: lists, contacts, segments, campaigns, workflows, "
        f"tracking and reports. This is the address of its API.</p><ul>{items}</ul><h2>A first call</h2>"
        f"<pre>{escape(FIRST_CALL.format(base=base_url))}</pre></main></body></html>"
    )
