"""Frame and style the public pages: plain HTML that works without scripts and cookies."""

from dataclasses import dataclass
from html import escape
from typing import Final

_STYLE: Final = (
    ":root{color-scheme:light dark;--text:#1a1a1a;--back:#fff;--line:#6b6b6b;--accent:#0b57d0;--on-accent:#fff;"
    "--bad:#b3261e;--bad-text:#8c1d18;--good:#146c2e}"
    "@media(prefers-color-scheme:dark){:root{--text:#e8e8e8;--back:#16181c;--line:#9a9a9a;--accent:#a8c7fa;"
    "--on-accent:#062e6f;--bad:#f2b8b5;--bad-text:#f2b8b5;--good:#7fd693}}"
    "body{font:1.05rem/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem;color:var(--text);"
    "background:var(--back);overflow-wrap:break-word}h1{line-height:1.2}h2{font-size:1.15rem;margin-top:2.5rem}"
    "header{display:flex;align-items:center;gap:.8rem;font-weight:600;border-bottom:3px solid var(--button,var(--accent));"
    "padding-bottom:.8rem;margin-bottom:2rem}header img{max-height:3rem;max-width:10rem}"
    "a{color:var(--accent)}label{display:block;margin:.8rem 0 .2rem;font-weight:600}"
    "input:not([type=checkbox]):not([type=radio]),select,textarea{font:inherit;box-sizing:border-box;width:100%;"
    "padding:.55rem .7rem;border:1px solid var(--line);border-radius:.3rem;background:var(--back);color:inherit}"
    "label.tick{display:flex;gap:.6rem;align-items:center;font-weight:400;margin:.5rem 0}"
    "input[type=checkbox],input[type=radio]{width:1.2rem;height:1.2rem;accent-color:var(--accent)}"
    "fieldset{border:0;padding:0;margin:1.2rem 0}legend{font-weight:600;padding:0}"
    "button,input[type=submit]{font:inherit;width:auto;margin:1.2rem 0 0;padding:.6rem 1.4rem;border:0;border-radius:.3rem;"
    "background:var(--button,var(--accent));color:var(--on-button,var(--on-accent));cursor:pointer}"
    "button.quiet{background:var(--back);color:var(--text);border:1px solid var(--line);"
    "margin:.4rem .4rem 0 0}:focus-visible{outline:3px solid var(--text);outline-offset:2px}"
    "[aria-invalid=true]{border:2px solid var(--bad)}"
    ".problem{color:var(--bad-text);border-left:4px solid var(--bad);padding:.4rem .8rem}"
    ".done{border-left:4px solid var(--good);padding:.4rem .8rem}img{max-width:100%;height:auto}"
)
_MAIN: Final = "<body><main>"


@dataclass(frozen=True, kw_only=True)
class Brand:
    """The appearance of a company: its name, the URL of its logo, and its colour as #rrggbb, each of them optional."""

    name: str | None = None
    logo: str | None = None
    color: str | None = None


def document(language: str, title: str, body: str) -> str:
    """Return a complete page. `body` is HTML with its own heading."""
    return (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">'
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head>{_MAIN}{body}</main></body></html>"
    )


def titled_document(language: str, title: str, *parts: str) -> str:
    """Return a complete page with its title as heading, and the HTML below it."""
    return document(language, title, f"<h1>{escape(title)}</h1>{''.join(parts)}")


def branded(html: str, brand: Brand) -> str:
    """Return a page of `document` with name and logo of the company at its top, and buttons in its colour."""
    if not (brand.name or brand.logo):
        return html
    logo = f'<img src="{escape(brand.logo)}" alt="">' if brand.logo else ""
    color = f"<style>:root{{{_button_colors(brand.color)}}}</style>" if brand.color else ""
    return html.replace(_MAIN, f"<body>{color}<header>{logo}<span>{escape(brand.name or '')}</span></header><main>", 1)


def _button_colors(color: str) -> str:
    """Return the colour of buttons and, for the text on it, black or white, whichever is easier to read (WCAG 2.2)."""
    channels = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in channels)
    luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue
    is_dark = 1.05 / (luminance + 0.05) > (luminance + 0.05) / 0.05
    return f"--button:{color};--on-button:{'#fff' if is_dark else '#000'}"
