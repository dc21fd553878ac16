"""Checks of the links of a content: their form, and how their hosts answer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from postrider.campaigns.checks.model import Finding, question
from postrider.content import markup
from postrider.kit.errors import Invalid, RateLimited
from postrider.rate_limits.visitors import LINK_CHECKS_PER_ACCOUNT, VisitorLimits

if TYPE_CHECKING:  # what is only a type here is not imported
    from postrider.content.compiled import Link
    from postrider.ports.fetcher import Fetcher

MAX_FETCHED = 30
"""Maximum number of links that one check opens."""
TOGETHER = 8
LINK_TIMEOUT_S, ALL_TIMEOUT_S = 5.0, 12.0
GONE = frozenset({404, 410})
FAULTS = range(500, 600)
"""Statuses of missing pages. Other refusals, such as 403 and 429, are often meant for programs and not for people."""
_LOCAL = frozenset({"localhost", "localhost.localdomain", "127.0.0.1", "0.0.0.0", "::1"})  # noqa: S104  # names to refuse
_FIELD = ("content", "html")
_WITHOUT_HOST = ("mailto:", "tel:", "sms:", "#", "[", "{", "http://", "https://", "//")


class LinkChecks:
    def __init__(self, fetcher: Fetcher, limits: VisitorLimits) -> None:
        self._fetcher, self._limits = fetcher, limits

    def findings(self, account_id: str, html: str | None, links: Sequence[Link]) -> Iterator[Finding]:
        """Yield the faults of links. Links with merge tags are not opened."""
        yield from _incomplete(html or "")
        for link in links:
            parts = urlsplit(link.target)
            if (parts.hostname or "") in _LOCAL or (parts.hostname or "").endswith(".local"):
                yield question(
                    "link_local", f"The link {_short(link.target)} leads to the reader's own computer.", *_FIELD
                )
            elif parts.scheme == "http":
                message = f"The link {_short(link.target)} is not encrypted, and browsers warn of it. Use https."
                yield question("link_http", message, *_FIELD)
        whole = [link for link in links if not link.varies and (urlsplit(link.target).hostname or "") not in _LOCAL]
        try:
            self._limits.take(LINK_CHECKS_PER_ACCOUNT, account_id)
        except RateLimited:
            yield _not_tried(len(whole), "the links of an account are opened 60 times an hour")
            return
        yield from self._tried([link.target for link in whole[:MAX_FETCHED]], left_out=len(whole[MAX_FETCHED:]))

    def _tried(self, targets: Sequence[str], *, left_out: int) -> Iterator[Finding]:
        pool = ThreadPoolExecutor(TOGETHER)
        try:
            answers = [pool.submit(self._problem, target) for target in targets]
            done, _ = wait(answers, timeout=ALL_TIMEOUT_S)
            for answer in answers:
                finding = answer.result() if answer in done else None
                if finding is not None:
                    yield finding
            left_out += len(answers) - len(done)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
        if left_out:
            yield _not_tried(left_out, f"at most {MAX_FETCHED} are opened, for {ALL_TIMEOUT_S:.0f} seconds")

    def _problem(self, target: str) -> Finding | None:
        """Return the problem of the answer of a link, or None."""
        try:
            status = self._fetcher.status(target, timeout_s=LINK_TIMEOUT_S)
        except Invalid as exc:
            code = "link_refused" if exc.code == "url_refused" else "link_unreachable"
            return question(code, f"The link {_short(target)} cannot be opened. {exc.message}", *_FIELD)
        if status in GONE:
            return question(
                "link_broken", f"The link {_short(target)} leads to nothing: its host answers {status}.", *_FIELD
            )
        if status in FAULTS:
            return question(
                "link_fails", f"The host of the link {_short(target)} answers with the error {status}.", *_FIELD
            )
        return None


def _incomplete(html: str) -> Iterator[Finding]:
    """Yield links whose address has no scheme, so that mail programs do not open them."""
    for token in markup.tokens(html):
        attribute = token.attribute("href") if token.name == "a" else None
        if attribute is None:
            continue
        target = markup.attribute_value(attribute.value or "").strip()
        if not target:
            yield question("link_empty", "A link has no address.", *_FIELD)
        elif ":" not in target.split("/")[0] and not target.lower().startswith(_WITHOUT_HOST):
            message = f"The link {_short(target)} has no scheme. Begin it with https://."
            yield question("link_incomplete", message, *_FIELD)


def _not_tried(count: int, reason: str) -> Finding:
    return question("links_not_tried", f"{count} links were not opened: {reason}.", *_FIELD, count=count)


def _short(target: str) -> str:
    return repr(target if len(target) <= 120 else f"{target[:117]}…")
