"""Contents of newsletters over Customer.io's App API: variants, translations, test groups."""

from typing import Annotated

from aws_lambda_powertools.event_handler.openapi.params import Path

from functions.compat.customerio.auth import CUSTOMERIO
from functions.compat.customerio.render_newsletters import newsletter_of, test_groups_of
from functions.compat.customerio.routes_newsletters import NewsletterId, Reader, Writer
from functions.compat.customerio.schemas_newsletters import (
    NewsletterContentResponse,
    NewsletterContentsResponse,
    NewsletterContentUpdate,
    NewsletterLanguageCreate,
    NewsletterResponse,
    TestGroupsResponse,
)
from functions.compat.customerio.translate_newsletters import content_changes, contents, newsletter, sender_changes
from postrider import bootstrap
from postrider.campaigns.model import Campaign
from postrider.campaigns.variants.model import Variant
from postrider.http import Operations
from postrider.kit.errors import NotFound

operations = Operations("Newsletters", CUSTOMERIO)
ContentId = Annotated[int, Path(description="Variant of the newsletter.")]
Language = Annotated[str, Path(description="Language tag; without one, the default language. Unknown tag: 400.")]
TestGroupId = Annotated[str, Path(description="A/B test group.")]
ERRORS = (400, 401, 404)
DEFAULT = ""


def _arm(test_group_id: str) -> int:
    """Return the number of the arm. Raises NotFound for an invalid text."""
    if not (test_group_id.isascii() and test_group_id.isdecimal() and len(test_group_id) < 10):
        raise NotFound("Unknown test group of the newsletter.", code="arm_not_found", field="test_group_id")
    return int(test_group_id)


def _shown(campaign: Campaign, variant: Variant) -> NewsletterContentResponse:
    (content,) = contents(campaign, variant)
    return NewsletterContentResponse(content=content)


def _translation(caller: Reader, newsletter_id: int, language: str, arm: int | None) -> NewsletterContentResponse:
    campaign = newsletter(caller.account_id, newsletter_id)
    return _shown(campaign, bootstrap.campaign_variants().by_language(campaign, language, arm=arm))


def _update(campaign: Campaign, variant: Variant, body: NewsletterContentUpdate) -> NewsletterContentResponse:
    """Set the members of the body. The sender of the campaign's own content is the default of all contents."""
    account_id = campaign.account_id
    settings, changes = sender_changes(account_id, body), content_changes(body)
    if variant.id == campaign.id:
        settings |= {"sender_name": None} if "sender_id" in settings else {}
        bootstrap.campaign_drafts().change(account_id, campaign.id, settings=settings, content=changes)
    elif settings or changes:
        bootstrap.campaign_variants().change(account_id, campaign.id, variant.id, changes, settings)
    current = bootstrap.campaigns().get(account_id, campaign.id)
    return _shown(current, bootstrap.campaign_variants().get(current, variant.id))


def _updated_translation(
    caller: Writer, newsletter_id: int, language: str, arm: int | None, body: NewsletterContentUpdate
) -> NewsletterContentResponse:
    campaign = newsletter(caller.account_id, newsletter_id)
    return _update(campaign, bootstrap.campaign_variants().by_language(campaign, language, arm=arm), body)


def _added(
    caller: Writer, newsletter_id: int, body: NewsletterLanguageCreate, arm: int | None
) -> NewsletterContentResponse:
    campaign = newsletter(caller.account_id, newsletter_id)
    variants, changes = bootstrap.campaign_variants(), content_changes(body)
    variant = variants.add_language(caller.account_id, campaign.id, body.language, changes, arm=arm)
    return _shown(bootstrap.campaigns().get(caller.account_id, campaign.id), variant)


@operations.get("/v1/newsletters/{newsletter_id}/contents", "List variants", errors=(401, 404))
def list_newsletter_contents(caller: Reader, newsletter_id: NewsletterId) -> NewsletterContentsResponse:
    return NewsletterContentsResponse(contents=contents(newsletter(caller.account_id, newsletter_id)))


@operations.get("/v1/newsletters/{newsletter_id}/contents/{content_id}", "Get a variant", errors=(401, 404))
def get_newsletter_content(
    caller: Reader, newsletter_id: NewsletterId, content_id: ContentId
) -> NewsletterContentResponse:
    campaign = newsletter(caller.account_id, newsletter_id)
    return _shown(campaign, bootstrap.campaign_variants().get(campaign, content_id))


@operations.put("/v1/newsletters/{newsletter_id}/contents/{content_id}", "Update a variant", errors=ERRORS)
def update_newsletter_content(
    caller: Writer, newsletter_id: NewsletterId, content_id: ContentId, body: NewsletterContentUpdate
) -> NewsletterContentResponse:
    """Set the members of the body; read-only members are ignored. Refused unless the newsletter is a draft."""
    campaign = newsletter(caller.account_id, newsletter_id)
    return _update(campaign, bootstrap.campaign_variants().get(campaign, content_id), body)


@operations.post("/v1/newsletters/{newsletter_id}/language", "Add a translation", errors=ERRORS)
def create_newsletter_translation(
    caller: Writer, newsletter_id: NewsletterId, body: NewsletterLanguageCreate
) -> NewsletterContentResponse:
    """Add a language to a newsletter without test groups: a copy of the default content with the members of the body."""
    return _added(caller, newsletter_id, body, None)


@operations.get("/v1/newsletters/{newsletter_id}/language", "Get the default translation", errors=ERRORS)
def get_newsletter_default_translation(caller: Reader, newsletter_id: NewsletterId) -> NewsletterContentResponse:
    """Return the content in the default language: a blank tag ends the path with a slash."""
    return _translation(caller, newsletter_id, DEFAULT, None)


@operations.put("/v1/newsletters/{newsletter_id}/language", "Update the default translation", errors=ERRORS)
def update_newsletter_default_translation(
    caller: Writer, newsletter_id: NewsletterId, body: NewsletterContentUpdate
) -> NewsletterContentResponse:
    return _updated_translation(caller, newsletter_id, DEFAULT, None, body)


@operations.get("/v1/newsletters/{newsletter_id}/language/{language}", "Get a translation", errors=ERRORS)
def get_newsletter_translation(
    caller: Reader, newsletter_id: NewsletterId, language: Language
) -> NewsletterContentResponse:
    return _translation(caller, newsletter_id, language, None)


@operations.put("/v1/newsletters/{newsletter_id}/language/{language}", "Update a translation", errors=ERRORS)
def update_newsletter_translation(
    caller: Writer, newsletter_id: NewsletterId, language: Language, body: NewsletterContentUpdate
) -> NewsletterContentResponse:
    """Set the members of the body. An unknown language is not created."""
    return _updated_translation(caller, newsletter_id, language, None, body)


@operations.delete(
    "/v1/newsletters/{newsletter_id}/language/{language}", "Delete a translation", status=204, errors=ERRORS
)
def delete_newsletter_translation(caller: Writer, newsletter_id: NewsletterId, language: Language) -> None:
    campaign = newsletter(caller.account_id, newsletter_id)
    bootstrap.campaign_variants().remove_language(caller.account_id, campaign.id, language)


@operations.get("/v1/newsletters/{newsletter_id}/test_groups", "List A/B test groups", errors=(401, 404))
def list_newsletter_test_groups(caller: Reader, newsletter_id: NewsletterId) -> TestGroupsResponse:
    campaign = newsletter(caller.account_id, newsletter_id)
    return TestGroupsResponse(test_groups=test_groups_of(bootstrap.campaign_variants().of(campaign)))


@operations.post("/v1/newsletters/{newsletter_id}/test_groups", "Add an A/B test group", errors=ERRORS)
def create_newsletter_test_group(caller: Writer, newsletter_id: NewsletterId) -> NewsletterResponse:
    """Add a test group with copies of the contents of the first group. The first call creates two groups, A and B."""
    campaign = newsletter(caller.account_id, newsletter_id)
    changed = bootstrap.campaign_variants().add_arm(caller.account_id, campaign.id)
    return NewsletterResponse(newsletter=newsletter_of(changed))


GROUP_LANGUAGE = "/v1/newsletters/{newsletter_id}/test_group/{test_group_id}/language"


@operations.post(GROUP_LANGUAGE, "Add a translation to a test group", errors=ERRORS)
def create_newsletter_test_group_translation(
    caller: Writer, newsletter_id: NewsletterId, test_group_id: TestGroupId, body: NewsletterLanguageCreate
) -> NewsletterContentResponse:
    return _added(caller, newsletter_id, body, _arm(test_group_id))


@operations.get(GROUP_LANGUAGE, "Get the default translation of a test group", errors=ERRORS)
def get_newsletter_test_group_default_translation(
    caller: Reader, newsletter_id: NewsletterId, test_group_id: TestGroupId
) -> NewsletterContentResponse:
    return _translation(caller, newsletter_id, DEFAULT, _arm(test_group_id))


@operations.put(GROUP_LANGUAGE, "Update the default translation of a test group", errors=ERRORS)
def update_newsletter_test_group_default_translation(
    caller: Writer, newsletter_id: NewsletterId, test_group_id: TestGroupId, body: NewsletterContentUpdate
) -> NewsletterContentResponse:
    return _updated_translation(caller, newsletter_id, DEFAULT, _arm(test_group_id), body)


@operations.get(f"{GROUP_LANGUAGE}/{{language}}", "Get a translation in a test group", errors=ERRORS)
def get_newsletter_test_group_translation(
    caller: Reader, newsletter_id: NewsletterId, test_group_id: TestGroupId, language: Language
) -> NewsletterContentResponse:
    return _translation(caller, newsletter_id, language, _arm(test_group_id))


@operations.put(f"{GROUP_LANGUAGE}/{{language}}", "Update a translation in a test group", errors=ERRORS)
def update_newsletter_test_group_translation(
    caller: Writer,
    newsletter_id: NewsletterId,
    test_group_id: TestGroupId,
    language: Language,
    body: NewsletterContentUpdate,
) -> NewsletterContentResponse:
    """Set the members of the body in this test group only."""
    return _updated_translation(caller, newsletter_id, language, _arm(test_group_id), body)


@operations.delete(f"{GROUP_LANGUAGE}/{{language}}", "Delete a translation in a test group", status=204, errors=ERRORS)
def delete_newsletter_test_group_translation(
    caller: Writer, newsletter_id: NewsletterId, test_group_id: TestGroupId, language: Language
) -> None:
    campaign = newsletter(caller.account_id, newsletter_id)
    arm = _arm(test_group_id)
    bootstrap.campaign_variants().remove_language(caller.account_id, campaign.id, language, arm=arm)
