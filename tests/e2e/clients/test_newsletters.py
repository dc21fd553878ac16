"""Newsletters made and read with Customer.io's client for Node, and sent by the deployed stack."""

import time
from typing import Any

from infra.local import demo

LANGUAGES = ("fr", "", "fr-CA", "de")
PEOPLE = 12


def test_a_newsletter_in_two_languages_and_two_test_groups_reaches_each_person_once(
    clients: Any, api: demo.Api, deployment: Any, default_list_id: int
) -> None:
    """The figures of its contents add up to those of the newsletter."""
    demo.confirmed_sender(api, deployment.email)
    list_id, mark = default_list_id, f"newsletter{int(time.time())}"
    path = f"/lists/{list_id}/custom-attributes"
    for name in {"language", "mark"} - {attribute["name"] for attribute in api.call("GET", path)["data"]}:
        api.call("POST", path, {"name": name, "type": "text"})
    for number in range(PEOPLE):
        contact = {"email": f"{mark}.{number}@example.com"}
        attributes = [
            {"name": "language", "value": LANGUAGES[number % len(LANGUAGES)]},
            {"name": "mark", "value": mark},
        ]
        api.call("POST", f"/lists/{list_id}/contacts", {**contact, "custom_attributes": attributes})
    recipients = {"attribute": {"field": "mark", "operator": "eq", "value": mark}}
    made = clients.node("newsletter", title="Weekly", recipients=recipients)
    assert (made["listed"], made["groups"], made["german"]) == (made["id"], ["A", "B"], "de")
    assert (made["default_subject"], len(made["content_ids"])) == ("Nouvelles", 4)
    mails = demo.wait_for("the mails of the newsletter", lambda: _mails(api, mark))
    assert len(mails) == len({mail.to for mail in mails}) == PEOPLE
    for mail in mails:
        is_french = LANGUAGES[int(mail.to.partition("@")[0].rpartition(".")[2]) % len(LANGUAGES)].startswith("fr")
        expected = {"Nouvelles", "Nouvelles B"} if is_french else {"News A", f"News for {mail.to}"}
        assert mail.headers["Subject"] in expected
    time.sleep(demo.READING_S)
    for mail in mails:
        api.visit(next(link for link in mail.links(api.base) if "/c/" in link))

    def counted() -> Any:
        figures = clients.node("newsletter_figures", id=made["id"])
        return figures if figures["whole"]["total"]["clicked"] == PEOPLE else None

    figures = demo.wait_for("the clicks in the figures", counted)
    for name, values in figures["whole"]["series"].items():
        sums = [sum(column) for column in zip(*(part["series"][name] for part in figures["parts"]), strict=True)]
        assert values == sums, name
    assert figures["whole"]["total"]["sent"] == PEOPLE
    clicked = {link["link"]["href"]: link["metric"]["total"]["clicked"] for link in figures["links"]}
    assert clicked == {"https://example.com/offer": PEOPLE // 2, "https://example.com/fr": PEOPLE // 2}


def _mails(api: demo.Api, mark: str) -> list[demo.Mail] | None:
    mails = [mail for mail in api.inbox() if mail.to.startswith(f"{mark}.")]
    return mails if len(mails) >= PEOPLE else None
