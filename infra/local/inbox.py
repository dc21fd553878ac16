"""The pages of the local inbox. What comes from a mail is escaped; its HTML is shown in a sandboxed frame."""

from html import escape
from typing import Any
from urllib.parse import quote, urlencode

PAGE_SIZE = 50
NOTICE = "This is a local inbox: mails end here and are not delivered."
# Mails bring inline styles and remote images (the open pixel is one); no script runs on these pages.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src * data:; font-src *; frame-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)

INBOX_LINK = {"/_local/": ("Local inbox", "All mail sent on this machine; none of it is delivered.")}
HEADS = ("From", "To", "Subject", "Date")

_STYLE = """
:root { color-scheme: light dark; --text: #1c2330; --line: #dde2ea; --soft: #f4f6f9; --link: #0b57b0; --back: #fff;
  --note: #fff4d6; --note-line: #e5c76b; }
@media (prefers-color-scheme: dark) {
  :root { --text: #e6e9ef; --line: #3a4352; --soft: #1f2530; --link: #8ab8ff; --back: #14181f; --note: #3a3213;
    --note-line: #7a6a2c; }
}
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 76rem; padding: 1rem; color: var(--text);
  background: var(--back); }
.notice { background: var(--note); border: 1px solid var(--note-line); border-radius: .5rem; padding: .5rem 1rem; }
table { border-collapse: collapse; width: 100%; } th { white-space: nowrap; }
th, td { text-align: left; padding: .4rem .6rem; vertical-align: top; }
tr + tr { border-top: 1px solid var(--line); } td { overflow-wrap: anywhere; }
iframe { box-sizing: border-box; width: 100%; height: 40rem; border: 1px solid var(--line); border-radius: .5rem;
  background: #fff; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: var(--soft); padding: 1rem; border-radius: .5rem; }
a { color: var(--link); } nav, form { display: flex; flex-wrap: wrap; gap: 1rem; margin: 1rem 0; align-items: end; }
label { display: grid; } label input { width: 14rem; } input, button { font: inherit; padding: .3rem .5rem; }
@media (max-width: 40rem) {
  thead { display: none; } tr { display: block; padding: .5rem 0; } th, td { display: block; padding: .1rem 0; }
}
"""


def list_page(
    mails: list[dict[str, Any]], *, total: int, page: int, to: str | None = None, text: str | None = None
) -> str:
    """Return a page of the inbox. `to` and `text` are what was searched for."""
    search = {name: value for name, value in (("to", to), ("text", text)) if value}

    def address(number: int) -> str:
        return escape(f"/_local/?{urlencode({**search, 'page': number})}")

    rows = "".join(
        f"<tr><td>{escape(mail['received_at'][:19].replace('T', ' '))}</td>"
        f"<td>{escape(mail['headers'].get('From') or mail['from'])}</td>"
        f"<td>{''.join(_to_link(recipient) for recipient in mail['to'])}</td>"
        f'<td><a href="/_local/view/{quote(mail["id"])}">{escape(mail["subject"] or "(no subject)")}</a></td></tr>'
        for mail in mails
    )
    links = []
    if page > 1:
        links.append(f'<a href="{address(page - 1)}">Newer</a>')
    if page * PAGE_SIZE < total:
        links.append(f'<a href="{address(page + 1)}">Older</a>')
    table = (
        f"<table><thead><tr><th>Received (UTC)</th><th>From</th><th>To</th><th>Subject</th></tr></thead>{rows}</table>"
        if mails
        else f"<p>{'No mail fits the search.' if search else 'No mail yet.'}</p>"
    )
    return _page(f"Inbox ({total})", f"{_search_form(to, text)}{table}<nav>{''.join(links)}</nav>")


def _search_form(to: str | None, text: str | None) -> str:
    everything = '<a href="/_local/">Show all</a>' if to or text else ""
    return (
        '<form action="/_local/">'
        f'<label>To <input type="search" name="to" value="{escape(to or "")}" placeholder="reader001@example.com"></label>'
        f'<label>Text <input type="search" name="text" value="{escape(text or "")}" placeholder="Subject or body"></label>'
        f"<button>Search</button>{everything}</form>"
    )


def _to_link(recipient: str) -> str:
    query = urlencode({"to": recipient})
    return f'<div><a href="/_local/?{escape(query)}">{escape(recipient)}</a></div>'


def mail_page(mail: dict[str, Any]) -> str:
    heads = _table({name: mail["headers"][name] for name in HEADS if name in mail["headers"]})
    body = ""
    if mail["html"] is not None:
        framed = escape(f'<base target="_blank">{mail["html"]}', quote=True)
        body += (
            "<h2>HTML</h2>"
            '<iframe title="The mail as HTML" sandbox="allow-popups allow-popups-to-escape-sandbox" '
            f'srcdoc="{framed}"></iframe>'
        )
    if mail["text"] is not None:
        body += f"<h2>Text</h2><pre>{escape(mail['text'])}</pre>"
    links = f'<nav><a href="/_local/">Inbox</a><a href="/_local/mail/{quote(mail["id"])}.eml">Download .eml</a></nav>'
    return _page(mail["subject"] or "(no subject)", f"{links}{heads}{body}<h2>Headers</h2>{_table(mail['headers'])}")


def _table(headers: dict[str, str]) -> str:
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in headers.items())
    return f"<table>{rows}</table>"


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)} - local inbox</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>'
        f'<body><p class="notice">{NOTICE}</p><h1>{escape(title)}</h1>{body}</body></html>'
    )
