"""Frame and style the public pages: plain HTML that works without scripts and cookies."""

from html import escape
from typing import Final

_STYLE: Final = (
    "body{font:1.05rem/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem;color:#1a1a1a;"
    "background:#fff;overflow-wrap:break-word}h1{line-height:1.2}h2{font-size:1.15rem;margin-top:2.5rem}"
    "label{display:block;margin:.8rem 0 .2rem;font-weight:600}"
    "input:not([type=checkbox]):not([type=radio]),select,textarea{font:inherit;box-sizing:border-box;width:100%;"
    "padding:.55rem .7rem;border:1px solid #6b6b6b;border-radius:.3rem;background:#fff;color:inherit}"
    "label.tick{display:flex;gap:.6rem;align-items:center;font-weight:400;margin:.5rem 0}"
    "input[type=checkbox],input[type=radio]{width:1.2rem;height:1.2rem;accent-color:#0b57d0}"
    "fieldset{border:0;padding:0;margin:1.2rem 0}legend{font-weight:600;padding:0}"
    "button,input[type=submit]{font:inherit;width:auto;margin:1.2rem 0 0;padding:.6rem 1.4rem;border:0;border-radius:.3rem;"
    "background:#0b57d0;color:#fff;cursor:pointer}button.quiet{background:#fff;color:#1a1a1a;border:1px solid #6b6b6b;"
    "margin:.4rem .4rem 0 0}:focus-visible{outline:3px solid #1a1a1a;outline-offset:2px}"
    "[aria-invalid=true]{border:2px solid #b3261e}.problem{color:#8c1d18;border-left:4px solid #b3261e;padding:.4rem .8rem}"
    ".done{border-left:4px solid #146c2e;padding:.4rem .8rem}img{max-width:100%;height:auto}"
)


def document(language: str, title: str, body: str) -> str:
    """Return a whole page. `body` is HTML and includes its own heading."""
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main>{body}</main></body></html>"
    )


def titled_document(language: str, title: str, *parts: str) -> str:
    """Return a whole page whose heading is its title, with the HTML below it."""
    return document(language, title, f"<h1>{escape(title)}</h1>{''.join(parts)}")
