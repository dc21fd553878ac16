"""The pages of the local inbox. What comes from a mail is escaped; its HTML is shown in a sandboxed frame."""

from html import escape
from typing import Any
from urllib.parse import quote

PAGE_SIZE = 50
NOTICE = "This is a local inbox: mails end here and are not delivered."
# Mails bring inline styles and remote images (the open pixel is one); no script runs on these pages.
CONTENT_SECURITY_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src * data:; font-src *; frame-src 'self'; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 64rem; padding: 1rem; color: #1c2330; }
.notice { background: #fff4d6; border: 1px solid #e5c76b; border-radius: .5rem; padding: .5rem 1rem; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; padding: .4rem .6rem; vertical-align: top; }
tr + tr { border-top: 1px solid #dde2ea; } td { overflow-wrap: anywhere; }
iframe { box-sizing: border-box; width: 100%; height: 32rem; border: 1px solid #c4ccd8; border-radius: .5rem; background: #fff; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; background: #f4f6f9; padding: 1rem; border-radius: .5rem; }
a { color: #0b57b0; } nav { display: flex; gap: 1rem; margin: 1rem 0; }
"""


def list_page(mails: list[dict[str, Any]], *, total: int, page: int) -> str:
    rows = "".join(
        f"<tr><td>{escape(mail['received_at'][:19].replace('T', ' '))}</td><td>{escape(mail['from'])}</td>"
        f"<td>{escape(', '.join(mail['to']))}</td>"
        f'<td><a href="/_local/view/{quote(mail["id"])}">{escape(mail["subject"] or "(no subject)")}</a></td></tr>'
        for mail in mails
    )
    links = []
    if page > 1:
        links.append(f'<a href="/_local/?page={page - 1}">Newer</a>')
    if page * PAGE_SIZE < total:
        links.append(f'<a href="/_local/?page={page + 1}">Older</a>')
    table = (
        f"<table><thead><tr><th>Received (UTC)</th><th>From</th><th>To</th><th>Subject</th></tr></thead>{rows}</table>"
        if mails
        else "<p>No mail yet.</p>"
    )
    return _page(f"Inbox ({total})", f"{table}<nav>{''.join(links)}</nav>")


def mail_page(mail: dict[str, Any]) -> str:
    headers = "".join(
        f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in mail["headers"].items()
    )
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
    return _page(mail["subject"] or "(no subject)", f"{links}{body}<h2>Headers</h2><table>{headers}</table>")


def _page(title: str, body: str) -> str:
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)} - local inbox</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{_STYLE}</style></head>'
        f'<body><p class="notice">{NOTICE}</p><h1>{escape(title)}</h1>{body}</body></html>'
    )
