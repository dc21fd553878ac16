"""Inlined mails in a real browser: every element looks as it did before, at any width, in light and in dark mode.

The mails have the structure of well-known templates and builders, with words of our own.
"""

import base64
import itertools
from pathlib import Path

import pytest

from tests.testing.browser import browsing
from tests.unit.content.samples import compiled, merged

MAILS = sorted((Path(__file__).parents[1] / "testing" / "mails").glob("*.html"))
WIDTHS = (390, 700)
COMPUTED = """
    return [...document.querySelectorAll("html, body, body *:not(style)")].map(element => {
        const style = getComputedStyle(element)
        return element.tagName + " " + element.className + " " + [...style].map(name =>
            name + ":" + style.getPropertyValue(name)).join(";")
    })"""


@pytest.fixture(scope="module")
def browser():
    with browsing(scripts=True) as browser:
        yield browser


def computed_styles(browser, html, *, width, scheme):
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    feature = {"name": "prefers-color-scheme", "value": scheme}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
    browser.get(f"data:text/html;charset=utf-8;base64,{base64.b64encode(html.encode()).decode()}")
    return browser.execute_script(COMPUTED)


def differences(before, after):
    return [
        (old.split(" ", 2)[:2], sorted(set(new.split(";")) - set(old.split(";"))))
        for old, new in zip(before, after, strict=True)
        if old != new
    ]


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_inlining_changes_no_computed_style(browser, path):
    source = path.read_text()
    inlined = merged(compiled(html=source), None).html
    assert inlined.count("style=") > source.count("style="), "something is inlined"
    for width, scheme in itertools.product(WIDTHS, ("light", "dark")):
        before, after = (computed_styles(browser, html, width=width, scheme=scheme) for html in (source, inlined))
        assert differences(before, after) == []
