"""A real browser for tests of pages: Debian's chromium without a window, with a profile of its own."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.chrome.webdriver import WebDriver

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--window-size=900,1000",
)
BLOCKED = 2
"""Values of content settings: https://chromium.googlesource.com/chromium/src/+/HEAD/components/content_settings/"""


@contextmanager
def browsing(*, scripts: bool) -> Iterator[WebDriver]:
    """Start a browser; without `scripts`, it runs no scripts of pages."""
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        # a developer's machine may have another browser; .ci/run installs this one
        pytest.skip("needs chromium and chromedriver: apt-get install chromium chromium-driver")
    with tempfile.TemporaryDirectory(prefix="chromium-", ignore_cleanup_errors=True) as profile:
        options = Options()
        options.binary_location = chromium
        for flag in (*FLAGS, f"--user-data-dir={profile}"):
            options.add_argument(flag)
        if not scripts:
            options.add_experimental_option("prefs", {"profile.default_content_setting_values.javascript": BLOCKED})
        browser = webdriver.Chrome(options=options, service=Service(driver))
        browser.implicitly_wait(5)
        try:
            yield browser
        finally:
            browser.quit()
