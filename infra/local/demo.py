"""A short story over HTTP only: sender, list, 300 contacts, a campaign, and what the readers then do with it.

Nothing is delivered: the mails end in the local inbox, where this program plays the readers. It runs once for a folder
of data.
"""

import os
import re
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

import httpx

CONTACTS = 300
BOUNCES, SOFT_BOUNCES, COMPLAINTS, UNSUBSCRIBES = 6, 2, 1, 1
OPENS, CLICKS = 120, 45
WAIT_S = 300
READING_S = 3  # a click within two seconds of the sending counts as a security scanner's
SIMULATOR = "simulator.amazonses.com"

PREHEADER = "Twelve new things for the colder half of the year."
HTML = f"""<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>[SUBJECT]</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">
<style>
body {{ margin: 0; background: #f1ede4; color: #2b2620; font: 16px/1.55 Georgia, serif; }}
.top {{ font: 13px/1.4 Arial, sans-serif; text-align: center; padding: 12px; }}
.top a {{ color: #6b5f4f; }}
.card {{ width: 100%; max-width: 600px; margin: 0 auto; background: #ffffff; border-radius: 8px; }}
.brand {{ background: #7a3b1d; color: #ffffff; font: bold 20px/1 Arial, sans-serif; letter-spacing: 2px; padding: 24px 32px; }}
.body {{ padding: 32px; }}
h1 {{ font-size: 28px; line-height: 1.2; margin: 0 0 16px; }}
.body a {{ color: #7a3b1d; }}
.body a.button {{ color: #ffffff; }}
.button {{ background: #7a3b1d; color: #ffffff; font: bold 16px/1 Arial, sans-serif; padding: 14px 24px; border-radius: 4px;
  display: inline-block; text-decoration: none; }}
.foot {{ font: 13px/1.5 Arial, sans-serif; color: #6b5f4f; padding: 24px 32px; text-align: center; }}
.foot a {{ color: #6b5f4f; }}
@media (prefers-color-scheme: dark) {{
  body {{ background: #1d1a16 !important; color: #efe8dc !important; }}
  .card {{ background: #2a251f !important; }}
  .foot, .foot a, .top a, .body a {{ color: #d9c7ad !important; }}
  .body a.button {{ color: #ffffff !important; }}
}}
@media (max-width: 480px) {{ .body {{ padding: 24px 20px !important; }} h1 {{ font-size: 24px !important; }} }}
</style></head>
<body>
<div style="display:none;max-height:0;overflow:hidden">{PREHEADER}</div>
<p class="top"><a href="[SHOWEMAIL]">View in browser</a></p>
<table role="presentation" class="card" align="center" cellpadding="0" cellspacing="0"><tr><td class="brand">DEMO SHOP</td></tr>
<tr><td class="body">
<h1>Good morning, [first_name,dear reader]</h1>
<p>{PREHEADER} Wool from the Alps, tea from Assam, and lamps for long evenings.</p>
<p><a class="button" href="https://example.com/autumn">See the autumn catalogue</a></p>
<p>Or stay for a while and read <a href="https://example.com/journal">how our blankets are woven</a>.</p>
</td></tr></table>
<div class="foot">
<p>You receive this email because you subscribed to “[LISTNAME]”.<br>
<a href="[PREFERENCES]">Change your preferences</a> · <a href="[FORWARD]">Share this email</a> ·
<a href="[UNSUBSCRIBE]">Unsubscribe</a></p>
<p>[CLIENTS.COMPANY_NAME], [CLIENTS.ADDRESS], [CLIENTS.POSTAL_CODE] [CLIENTS.CITY], [CLIENTS.COUNTRY]</p>
</div>
</body></html>"""
TEXT = f"""Good morning, [first_name,dear reader]

{PREHEADER}

See the autumn catalogue: https://example.com/autumn
How our blankets are woven: https://example.com/journal

Change your preferences: [PREFERENCES]
Unsubscribe: [UNSUBSCRIBE]

[CLIENTS.COMPANY_NAME], [CLIENTS.ADDRESS], [CLIENTS.POSTAL_CODE] [CLIENTS.CITY], [CLIENTS.COUNTRY]
"""
SUBJECT = "[first_name,Dear reader], the autumn catalogue is here"
COMPANY = {
    "name": "Demo shop",
    "address": {
        "address1": "1 Market Street",
        "city": "Springfield",
        "province": "Illinois",
        "postal_code": "62701",
        "country": "USA",
    },
}
FIRST_NAMES = ("Ada", "Ben", "Chloé", "Dana", "Émile", "Fatma", "Gus", "Hana", "Ivo", "Jana")


class DemoFailed(Exception):
    pass


@dataclass(frozen=True)
class Mail:
    to: str
    html: str
    headers: dict[str, str]

    def links(self, base: str) -> list[str]:
        """Return the URLs of the HTML's links that lead to this platform."""
        urls = [unescape(url) for url in re.findall(r'<a\b[^>]*\bhref="([^"]+)"', self.html)]
        return [url for url in urls if url.startswith(base)]

    def pixel(self, base: str) -> str | None:
        urls = [unescape(url) for url in re.findall(r'<img\b[^>]*\bsrc="([^"]+)"', self.html)]
        return next((url for url in urls if url.startswith(base)), None)


class Api:
    """The calls of the story; each raises DemoFailed with what the platform answered."""

    def __init__(self, base: str) -> None:
        self.base = base
        self._http = httpx.Client(base_url=base, timeout=60)
        self._reader = httpx.Client(timeout=60, headers={"User-Agent": "Mozilla/5.0 (demo reader)"})

    def log_in(self, email: str, password: str) -> None:
        form = {"grant_type": "password", "username": email, "password": password}
        self.token: str = self._checked(self._http.post("/token", data=form))["access_token"]
        self._http.headers["Authorization"] = f"Bearer {self.token}"

    def call(self, method: str, path: str, body: dict[str, Any] | None = None, **query: Any) -> dict[str, Any]:
        return self._checked(self._http.request(method, path, json=body, params=query))

    def contact_count(self, list_id: int) -> int:
        answer = self.call("GET", f"/lists/{list_id}/contacts", page=1, per_page=1, with_count="true")
        return int(answer["pagination"]["count"])

    def inbox(self, to: str | None = None) -> list[Mail]:
        answer = self._http.get("/_local/mail", params={"to": to} if to else {})
        return [Mail(mail["to"][0].lower(), mail["html"] or "", mail["headers"]) for mail in answer.json()]

    def visit(self, url: str) -> httpx.Response:
        """Open a page as a reader does, without the API's token. Redirects, such as to a shop, are not followed."""
        return self._reader.get(url, follow_redirects=False)

    def submit(self, url: str, form: dict[str, str]) -> httpx.Response:
        return self._reader.post(url, data=form, follow_redirects=False)

    @staticmethod
    def _checked(answer: httpx.Response) -> dict[str, Any]:
        if answer.status_code >= 300:
            raise DemoFailed(f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text[:400]}")
        return dict(answer.json())


def wait_for(what: str, check: Callable[[], Any]) -> Any:
    """Return the first true result of `check`. Raises DemoFailed after WAIT_S."""
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        if result := check():
            return result
        time.sleep(0.3)
    raise DemoFailed(f"waited {WAIT_S} s for {what}")


def confirmed_sender(api: Api, account_email: str) -> str:
    """Return the id of a sender whose address is confirmed by the mailed link."""
    address = f"news@{account_email.partition('@')[2]}"
    existing = [s for s in api.call("GET", "/brands/default/senders")["data"] if s["email"] == address]
    sender_id = existing[0]["id"] if existing else None
    if sender_id is None:
        sender_id = api.call("POST", "/brands/default/senders", {"name": "Demo shop", "email": address})["id"]

    def is_confirmed() -> bool:
        return bool(api.call("GET", f"/brands/default/senders/{sender_id}")["data"]["confirmed"])

    if not is_confirmed():
        mail = wait_for("the mail that confirms the sender", lambda: api.inbox(to=address))[0]
        for link in mail.links(api.base):
            follow_confirmation(api, link)
            if is_confirmed():
                break
        else:
            raise DemoFailed(f"no link confirmed the sender: {mail.links(api.base)}")
    return str(sender_id)


def follow_confirmation(api: Api, link: str) -> None:
    """Open the page behind the link and press its button, or hand the id in the link to the API."""
    page = api.visit(link)
    form = re.search(r"<form\b[^>]*>", page.text, re.IGNORECASE)
    if form:
        action = re.search(r'action="([^"]*)"', form.group(0))
        names = re.findall(r'<input\b[^>]*\bname="([^"]+)"[^>]*\bvalue="([^"]*)"', page.text)
        fields = {unescape(name): unescape(value) for name, value in names}
        api.submit(urljoin(link, unescape(action.group(1)) if action else ""), fields)
        return
    parts = urlsplit(link)
    in_query = [values[0] for values in parse_qs(parts.query).values()]
    confirmation_id = (in_query or [parts.path.rstrip("/").rpartition("/")[2]])[0]
    api.call("POST", "/brands/default/senders/confirm-email", {"confirmation_id": confirmation_id})


def contacts_to_import() -> list[dict[str, Any]]:
    special = (
        [f"bounce+{n}@{SIMULATOR}" for n in range(BOUNCES)]
        + [f"softbounce+{n}@{SIMULATOR}" for n in range(SOFT_BOUNCES)]
        + [f"complaint+{n}@{SIMULATOR}" for n in range(COMPLAINTS)]
    )
    plain = [f"reader{n:03d}@example.com" for n in range(CONTACTS - len(special))]
    return [
        {"email": email, "custom_attributes": [{"name": "first_name", "value": FIRST_NAMES[n % len(FIRST_NAMES)]}]}
        for n, email in enumerate(special + plain)
    ]


def filled_list(api: Api, sender_id: str) -> int:
    list_id = int(api.call("POST", "/lists", {"name": "Demo readers", "default_sender": {"id": sender_id}})["id"])
    api.call("POST", f"/lists/{list_id}/accept-policy")
    api.call("POST", f"/lists/{list_id}/custom-attributes", {"name": "first_name", "type": "text"})
    api.call("POST", f"/lists/{list_id}/import-contacts", {"import_to": "active", "contacts": contacts_to_import()})

    def count() -> int:
        path = f"/lists/{list_id}/contacts"
        return int(api.call("GET", path, page=1, per_page=1, with_count="true")["pagination"]["count"])

    wait_for("the import", lambda: count() == CONTACTS)
    return list_id


def sent_campaign(api: Api, list_id: int, sender_id: str) -> int:
    content = {"type": "html", "subject": SUBJECT, "html": HTML, "text": TEXT}
    campaign = {
        "name": "Demo: autumn catalogue",
        "audience": {"list_id": list_id},
        "sender": {"id": sender_id, "name": "Demo shop"},
        "tracking": {"opens": True, "clicks_html": True, "clicks_text": True},
        "content": content | {"default_unsubscribe_link": True},
    }
    campaign_id = int(api.call("POST", "/campaigns", campaign)["id"])
    api.call("POST", f"/campaigns/{campaign_id}/schedule")
    wait_for(
        "the campaign to be delivered",
        lambda: api.call("GET", f"/campaigns/{campaign_id}")["data"]["status"] == "delivered",
    )
    return campaign_id


def play_readers(api: Api) -> dict[str, int]:
    """Opens, clicks and one unsubscribe, by the links in the mails. Returns how many of each."""
    time.sleep(READING_S)
    mails = [mail for mail in campaign_mails(api) if mail.to.startswith("reader")]
    shop_links = [
        (mail, [link for link in mail.links(api.base) if leads_to_shop(api, link)]) for mail in mails[:CLICKS]
    ]
    for mail in mails[:OPENS]:
        if pixel := mail.pixel(api.base):
            api.visit(pixel)
    clicks = sum(bool(links) for _, links in shop_links)
    leaving = mails[-1]
    target = re.search(r"<(https?://[^>]+)>", leaving.headers.get("List-Unsubscribe", ""))
    unsubscribed = 0
    if target:
        answer = api.submit(target.group(1), {"List-Unsubscribe": "One-Click"})  # RFC 8058
        unsubscribed = int(answer.is_success)
    return {"opens": min(OPENS, len(mails)), "clicks": clicks, "unsubscribes": unsubscribed}


def campaign_mails(api: Api) -> list[Mail]:
    """Return the mails of the first campaign, by the part of its subject that is equal for all."""
    return [mail for mail in api.inbox() if mail.headers["Subject"].endswith(SUBJECT.partition(", ")[2])]


def leads_to_shop(api: Api, link: str) -> bool:
    """Follow a link that looks like a tracked one; true when it leads to the shop."""
    location: str = api.visit(link).headers.get("location", "")
    return location.startswith("https://example.com/autumn")


def report_of(api: Api, campaign_id: int, played: dict[str, int]) -> dict[str, Any]:
    """Return the campaign's report as soon as it contains all events."""
    path = f"/reports/campaigns/{campaign_id}"

    def caught_up() -> dict[str, Any] | None:
        report: dict[str, Any] = api.call("GET", path)["data"]
        done = (
            report["unique_opens"] >= played["opens"]
            and report["unique_clicks"] >= played["clicks"]
            and report["unsubscribes"] >= played["unsubscribes"]
            and report["bounces"] >= BOUNCES
            and report["spams"] >= COMPLAINTS
        )
        return report if done else None

    try:
        return dict(wait_for("the report", caught_up))
    except DemoFailed:
        return dict(api.call("GET", path)["data"])


def main() -> int:
    base = os.environ.get("POSTRIDER_URL", "http://127.0.0.1:8080").rstrip("/")
    email, password = os.environ["OWNER_EMAIL"], os.environ["OWNER_PASSWORD"]
    done_file = Path(os.environ["DEMO_DONE_FILE"]) if "DEMO_DONE_FILE" in os.environ else None
    if done_file and done_file.exists():
        return say(f"demo: its data is there from an earlier run (campaign {done_file.read_text().strip()})")
    from infra.local import demo_workflow  # which tells its story with the parts of this module

    started = time.monotonic()
    try:
        api = Api(base)
        api.log_in(email, password)
        api.call("PATCH", "/accounts/self", COMPANY)
        sender_id = confirmed_sender(api, email)
        list_id = filled_list(api, sender_id)
        say(f"demo: {CONTACTS} contacts in list {list_id}, sending a campaign to them")
        campaign_id = sent_campaign(api, list_id, sender_id)
        say(f"demo: campaign {campaign_id} is delivered, readers open and click")
        report = report_of(api, campaign_id, play_readers(api))
        say("demo: three people enter a workflow; one opens its first mail, one does not, one leaves")
        walked = demo_workflow.run(api, sender_id)
    except (DemoFailed, httpx.HTTPError, KeyError) as exc:
        say(f"demo: stopped at {exc!r}" if isinstance(exc, KeyError) else f"demo: stopped at {exc}")
        return 1
    if done_file:
        done_file.write_text(str(campaign_id))
    names = ("sent_emails", "unique_opens", "unique_clicks", "bounces", "spams", "unsubscribes")
    say("demo: " + ", ".join(f"{name.replace('_', ' ')} {report[name]}" for name in names))
    say("demo: workflow: " + "; ".join(f"{person}: {', '.join(mails)}" for person, mails in walked["mails"].items()))
    say(f"demo: done in {time.monotonic() - started:.0f} s")
    return say(
        "Look at next:\n"
        f"  {base}/_local/  the mails: open one, then its preferences, its view in the browser, its unsubscribe link\n"
        f"  {base}/reference  the API: Authorize with the owner's address and password, then try\n"
        f"  GET /reports/campaigns/{campaign_id}  the figures of the campaign\n"
        f"  GET /workflows/{walked['workflow_id']}/diagram?format=svg  the tree of the workflow with its counts\n"
        f"  GET /lists/{list_id}/contacts?filter=status==unsubscribed  who has left"
    )


def say(text: str) -> int:
    print(text, flush=True)
    return 0


if __name__ == "__main__":
    from infra.local.demo import main as tell  # under its own name, so that other modules know the same classes

    sys.exit(tell())
