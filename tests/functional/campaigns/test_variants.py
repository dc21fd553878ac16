"""Variants of a campaign: set up, frozen, sent, looked at and counted."""

import re
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from postrider import bootstrap
from postrider.adapters.memory import MemoryMailer
from postrider.campaigns.model import Campaign
from postrider.campaigns.variants.rules import MAX_VARIANTS
from postrider.delivery.model import RunKey
from postrider.delivery.queue_messages import PLAN_QUEUE, SEND_QUEUE
from postrider.delivery.repository import DynamoLedger
from postrider.kit.errors import Conflict, Invalid, NotFound
from postrider.kit.settings import names
from postrider.reports.calendar import Period
from postrider.tracking.tokens import TokenPurpose
from tests.conftest import Platform
from tests.testing.factories.accounts import Owner, make_owner
from tests.testing.factories.campaigns import make_campaign
from tests.testing.factories.lists import make_list

PEOPLE = 24
LANGUAGES = ("fr", "", "fr-CA", "de")


@pytest.fixture
def owner(platform: Platform) -> Owner:
    return make_owner()


@pytest.fixture
def campaign(owner: Owner) -> Campaign:
    """A draft for people of four languages."""
    list_id = make_list(owner)
    owner.api.post(f"/lists/{list_id}/custom-attributes", json={"name": "language", "type": "text"})
    for number in range(PEOPLE):
        bootstrap.contacts().upserts.create(
            owner.account_id,
            list_id,
            email=f"{number}.{owner.account_id}@example.com",
            attributes={"language": LANGUAGES[number % len(LANGUAGES)]},
        )
    return bootstrap.campaigns().get(owner.account_id, make_campaign(owner, list_id=list_id))


def html(text: str, link: str) -> str:
    return f'<p>{text} [first_name,x]</p><p><a href="https://example.com/offer">O</a> <a href="{link}">L</a></p>'


def set_up(campaign: Campaign) -> dict[tuple[int, str], int]:
    """Two arms and a French translation in each; return the ids of the contents by arm and language."""
    variants = bootstrap.campaign_variants()
    french = {"subject": "Nouvelles", "html": html("Bonjour", "https://example.com/fr")}
    variants.add_language(campaign.account_id, campaign.id, "fr", french)
    variants.add_arm(campaign.account_id, campaign.id, label="Short")
    known = variants.of(bootstrap.campaigns().get(campaign.account_id, campaign.id))
    ids = {(variant.arm, variant.language): variant.id for variant in known.variants}
    for (arm, language), variant_id in ids.items():
        content = {"subject": f"{'News' if not language else 'Nouvelles'} {'AB'[arm - 1]}"}
        variants.change(campaign.account_id, campaign.id, variant_id, content)
    return ids


def send(platform: Platform, owner: Owner, campaign: Campaign) -> Campaign:
    answer = owner.api.post(f"/campaigns/{campaign.id}/schedule")
    assert answer.status == 200, answer.text
    platform.drain(PLAN_QUEUE, SEND_QUEUE)
    return bootstrap.campaigns().get(owner.account_id, campaign.id)


def text_of(mail: Any) -> str:
    return re.sub(r"=\r\n", "", mail.message.decode()).replace("=3D", "=")


def test_each_person_gets_one_mail_of_its_language_and_arm(
    platform: Platform, owner: Owner, campaign: Campaign, mailer: MemoryMailer
) -> None:
    ids = set_up(campaign)
    sent = send(platform, owner, campaign)
    assert sent.status == "delivered"
    assert len({mail.to for _, mail, _ in mailer.accepted}) == len(mailer.accepted) == PEOPLE
    rows = DynamoLedger().rows(
        owner.account_id, sent.source, [int(mail.tags["contact"]) for _, mail, _ in mailer.accepted]
    )
    arms: Counter[int] = Counter()
    for _, mail, _ in mailer.accepted:
        number = int(mail.to.partition(".")[0])
        language = "fr" if LANGUAGES[number % 4].startswith("fr") else ""
        row = rows[int(mail.tags["contact"])]
        arm = next(arm for (arm, of), variant_id in ids.items() if variant_id == row.variant and of == language)
        arms[arm] += 1
        subject = f"Subject: {'Nouvelles' if language else 'News'} {'AB'[arm - 1]}\r\n"
        assert subject in text_of(mail)
        assert mail.tags["variant"] == str(row.variant)
    assert min(arms[1], arms[2]) > 0


def test_the_figures_of_variants_add_up_to_those_of_the_campaign(
    platform: Platform, owner: Owner, campaign: Campaign, mailer: MemoryMailer
) -> None:
    """The links of all variants lead to their targets, and equal ones are counted together."""
    ids = set_up(campaign)
    sent = send(platform, owner, campaign)
    platform.clock.move(timedelta(hours=2))
    for place, (_, mail, _) in enumerate(mailer.accepted[:8]):
        urls = re.findall(r"https?://[^\s\"]+/(c|o)/([\w-]+)", text_of(mail))
        pixel, *clicks = sorted({(purpose, token) for purpose, token in urls}, reverse=True)
        _follow(pixel[1], TokenPurpose.OPEN, place)
        for _, token in clicks[:1]:
            _follow(token, TokenPurpose.CLICK, place)
    platform.drain("record-engagement")
    reports = bootstrap.calendar_reports()
    whole = reports.series(sent, Period.HOURS)
    of_variants = [reports.series(sent, Period.HOURS, variant_id=variant_id) for variant_id in ids.values()]
    for measure in ("created", "attempted", "sent", "opens", "unique_opens", "clicks", "unique_clicks"):
        summed = [sum(values) for values in zip(*(series.values(measure) for series in of_variants), strict=True)]
        assert whole.values(measure) == summed, measure
    assert sum(whole.values("sent")) == PEOPLE
    assert sum(whole.values("unique_opens")) == sum(whole.values("unique_clicks")) == 8
    links = reports.links(sent, Period.HOURS)
    by_variant = [reports.links(sent, Period.HOURS, variant_id=variant_id) for variant_id in ids.values()]
    assert [link.target for link in links] == ["https://example.com/offer", "https://example.com/fr"]
    assert sum(sum(link.clicks) for link in links) == 8
    assert sum(sum(link.unique) for of in by_variant for link in of) == 8
    assert [len(of) for of in by_variant].count(2) == 2, "only the French ones have both links"


def _follow(token: str, purpose: TokenPurpose, place: int) -> None:
    from postrider.tracking.service import TrackingRequest

    request = TrackingRequest(request_id=f"r{place}", method="GET", user_agent="Mozilla/5.0 (X11; Linux) Firefox/120.0")
    if purpose == TokenPurpose.OPEN:
        bootstrap.tracking().record_open(token, request)
    else:
        assert bootstrap.tracking().record_click(token, request).startswith("https://example.com/")


def test_a_run_keeps_the_variants_of_its_start(
    platform: Platform, owner: Owner, campaign: Campaign, mailer: MemoryMailer
) -> None:
    set_up(campaign)
    owner.api.post(f"/campaigns/{campaign.id}/schedule")
    platform.drain(PLAN_QUEUE)
    begun = bootstrap.campaigns().get(owner.account_id, campaign.id)
    run = DynamoLedger().run(RunKey(owner.account_id, begun.source, begun.run_id or ""))
    assert run is not None
    owner.api.post(f"/campaigns/{campaign.id}/cancel")
    bootstrap.campaign_variants().remove_language(owner.account_id, campaign.id, "fr", arm=1)
    frozen = bootstrap.campaigns().at_revision(bootstrap.campaigns().get(owner.account_id, campaign.id), run.revision)
    assert len(bootstrap.campaigns().variants(frozen).variants) == 4
    assert len(bootstrap.campaigns().variants(replace(frozen, variants_id=None)).variants) == 1
    with pytest.raises(Invalid):
        bootstrap.campaign_variants().by_language(bootstrap.campaigns().get(owner.account_id, campaign.id), "fr", arm=1)


def test_a_campaign_that_has_begun_cannot_get_variants(
    platform: Platform, owner: Owner, campaign: Campaign, mailer: MemoryMailer
) -> None:
    send(platform, owner, campaign)
    with pytest.raises(Invalid):
        bootstrap.campaign_variants().add_arm(owner.account_id, campaign.id)


def test_a_variant_is_shown_tried_and_viewed(
    platform: Platform, owner: Owner, campaign: Campaign, mailer: MemoryMailer
) -> None:
    ids = set_up(campaign)
    renderer, contacts = bootstrap.campaign_renderer(), bootstrap.contacts()
    current = bootstrap.campaigns().get(owner.account_id, campaign.id)
    assert current.list_id is not None
    (block,) = contacts.blocks_of(owner.account_id, current.list_id)
    reader = contacts.block_contacts(owner.account_id, current.list_id, block)[0]
    assert renderer.render(current, contact_id=reader.id).subject.startswith("Nouvelles")
    assert renderer.render(current, variant_id=ids[2, ""]).subject == "News B"
    with pytest.raises(NotFound):
        renderer.render(current, variant_id=1)
    renderer.send_test(current, to=owner.email, separated=False, variant_id=ids[2, "fr"])
    assert "Nouvelles B" in text_of(mailer.accepted.pop()[1])
    sent = send(platform, owner, campaign)
    mail = next(mail for _, mail, _ in mailer.accepted if mail.tags["contact"] == str(reader.id))
    token = bootstrap.mail_tokens().read(TokenPurpose.CLICK, re.findall(r"/c/([\w-]+)", text_of(mail))[0])
    assert token.variant == int(mail.tags["variant"])
    view = renderer.web_view(replace(token, link_id=0))
    assert view.subject.startswith("Nouvelles")
    assert renderer.web_view(replace(token, contact_id=0)).subject == view.subject
    numbers = {
        bootstrap.mail_tokens().read(TokenPurpose.CLICK, text).link_id
        for text in re.findall(r"/c/([\w-]+)", view.html or "")
    }
    assert numbers <= set(renderer.stored_targets(sent))


def test_the_main_api_lists_shows_and_tries_variants(owner: Owner, campaign: Campaign, mailer: MemoryMailer) -> None:
    path = f"/campaigns/{campaign.id}"
    (own,) = owner.api.get(f"{path}/variants").json["data"]
    assert (own["id"], own["language"], own["arm"]) == (campaign.id, "", None)
    ids = set_up(campaign)
    listed = owner.api.get(f"{path}/variants").json["data"]
    assert [variant["id"] for variant in listed] == list(ids.values())
    assert {(variant["arm"]["name"], variant["arm"]["label"]) for variant in listed} == {("A", None), ("B", "Short")}
    french_id = ids[2, "fr"]
    assert "Bonjour" in owner.api.get(f"{path}/render", query={"variant_id": french_id}).json["data"]["html"]
    assert owner.api.get(f"{path}/render", query={"variant_id": 10**9}).status == 400
    assert owner.api.post(f"{path}/send-test", json={"email": owner.email, "variant_id": french_id}).status == 200
    assert "Nouvelles B" in text_of(mailer.accepted.pop()[1])
    assert owner.api.post(f"{path}/send-test", json={"email": owner.email, "variant_id": 10**9}).status == 400


def test_every_variant_has_to_be_complete(owner: Owner, campaign: Campaign) -> None:
    variants = bootstrap.campaign_variants()
    variants.add_language(owner.account_id, campaign.id, "fr", {"subject": ""})
    answer = owner.api.post(f"/campaigns/{campaign.id}/schedule")
    (problem,) = answer.json["detail"]
    assert (answer.status, problem["type"]) == (400, "campaign_incomplete")
    assert "fr" in problem["msg"]
    findings = owner.api.get(f"/campaigns/{campaign.id}/checks").json["data"]
    assert "campaign_incomplete" in {finding["code"] for finding in findings if finding["level"] == "block"}
    variants.change(owner.account_id, campaign.id, variants.by_language(_get(campaign), "fr").id, {"subject": "Fr"})
    messages = [finding["message"] for finding in owner.api.get(f"/campaigns/{campaign.id}/checks").json["data"]]
    assert any(message.startswith("fr: ") for message in messages)


def _get(campaign: Campaign) -> Campaign:
    return bootstrap.campaigns().get(campaign.account_id, campaign.id)


def test_a_language_is_added_once_and_the_default_language_is_not_removed(owner: Owner, campaign: Campaign) -> None:
    variants, ids = bootstrap.campaign_variants(), (owner.account_id, campaign.id)
    variants.add_language(*ids, "pt-br", {"subject": "Novidades"})
    with pytest.raises(Conflict):
        variants.add_language(*ids, "PT_BR", {})
    with pytest.raises(Invalid):
        variants.remove_language(*ids, "")
    with pytest.raises(NotFound):
        variants.add_language(*ids, "de", {}, arm=1)
    assert variants.content(_get(campaign), variants.by_language(_get(campaign), "pt-BR")).subject == "Novidades"
    variants.remove_language(*ids, "pt-br")
    assert _get(campaign).variant_ids is None


def test_contents_are_limited(owner: Owner, campaign: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    variants, ids = bootstrap.campaign_variants(), (owner.account_id, campaign.id)
    assert MAX_VARIANTS == 100
    monkeypatch.setattr("postrider.campaigns.variants.rules.MAX_VARIANTS", 3)
    variants.add_language(*ids, "fr", {})
    with pytest.raises(Invalid) as refused:
        variants.add_arm(*ids)
    assert refused.value.code == "too_many_variants"


def test_a_deleted_draft_leaves_no_content(platform: Platform, owner: Owner, campaign: Campaign) -> None:
    def count() -> int:
        prefix = f"content/{owner.account_id}/"
        listed = platform.aws.client("s3").list_objects_v2(Bucket=names().bucket, Prefix=prefix)
        return len(listed.get("Contents", []))

    set_up(campaign)
    assert count() > 8
    assert owner.api.delete(f"/campaigns/{campaign.id}").status == 200
    assert count() == 0
