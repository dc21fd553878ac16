"""The choice of the variant that a contact gets, and the numbers of links in variants."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postrider.campaigns.variants import rules
from postrider.campaigns.variants.links import numbered_targets, numbers_of
from postrider.campaigns.variants.model import Arm, Variant, VariantSet
from postrider.content.compiled import MAX_LINKS, Link
from postrider.kit.errors import Invalid

TAGS = st.sampled_from(["", "fr", "fr-CA", "FR_ca", "de", "pt-BR", "pt", "xx", " fr "])


def make_set(*languages: str, shares: tuple[int, ...] = ()) -> VariantSet:
    arms = [Arm(id=number, share=share) for number, share in enumerate(shares, start=1)]
    pairs = [(arm, language) for arm in [arm.id for arm in arms] or [0] for language in ("", *languages)]
    variants = [Variant(id=100 + place, arm=arm, language=language) for place, (arm, language) in enumerate(pairs)]
    return VariantSet(campaign_id=100, variants=variants, arms=arms)


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [("fr", "fr"), ("FR", "fr"), ("fr-CH", "fr"), ("pt_BR", "pt-BR"), ("pt", ""), ("de-AT", ""), ("", ""), ("-", "")],
)
def test_a_contact_gets_its_language_or_the_language_without_region_or_the_default(wanted: str, expected: str) -> None:
    assert make_set("fr", "pt-BR").pick(7, wanted).language == expected


@given(st.integers(0, 2**42), TAGS, TAGS)
def test_the_arm_of_a_contact_does_not_depend_on_its_language(contact_id: int, first: str, second: str) -> None:
    variants = make_set("fr", "pt-BR", shares=(1, 3, 1))
    assert variants.pick(contact_id, first) == variants.pick(contact_id, first)
    assert variants.pick(contact_id, first).arm == variants.pick(contact_id, second).arm


def test_arms_are_as_frequent_as_their_shares() -> None:
    variants = make_set(shares=(1, 3))
    arms = Counter(variants.pick(contact_id, "").arm for contact_id in range(4000))
    assert abs(arms[1] - 1000) < 150


def test_the_arms_of_two_campaigns_are_independent() -> None:
    places = [
        [rules.place_among(campaign_id, contact_id, (1, 1)) for contact_id in range(400)] for campaign_id in (5, 6)
    ]
    assert 120 < sum(first == second for first, second in zip(*places, strict=True)) < 280


def test_arms_have_letters() -> None:
    assert [rules.letters(number) for number in (1, 2, 26, 27, 28, 703)] == ["A", "B", "Z", "AA", "AB", "AAA"]


@pytest.mark.parametrize("text", ["", "f", "french", "fr/..", "fr-", "f r", "é", "fr-" + "x" * 40])
def test_a_text_that_is_no_tag_of_a_language_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        rules.check_language(text)


def test_a_set_is_stored_without_the_own_content() -> None:
    variants = make_set("fr", shares=(1, 1))
    assert [stored["id"] for stored in variants.stored()["variants"]] == [101, 102, 103]
    assert variants.label(variants.variants[3]) == "B, fr"


def links_to(*targets: str) -> list[Link]:
    return [Link(id=number, target=target) for number, target in enumerate(targets, start=1)]


def test_a_link_has_one_number_in_all_variants() -> None:
    first, second = links_to("https://a", "https://b"), links_to("https://c", "https://a")
    targets = numbered_targets([first, second])
    assert targets == {1: "https://a", 2: "https://b", 3: "https://c"}
    assert numbers_of(first, targets) == {1: 1, 2: 2}
    assert numbers_of(second, targets | {9: "https://a"}) == {1: 3, 2: 1}, "9 is left of an earlier start"


def test_the_links_of_all_variants_together_are_limited() -> None:
    halves = [links_to(*(f"https://{half}/{number}" for number in range(MAX_LINKS // 2 + 1))) for half in "ab"]
    with pytest.raises(Invalid):
        numbered_targets(halves)
