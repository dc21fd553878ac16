"""Signed mail tokens: only unaltered tokens are valid, and only for their purpose."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postrider.kit.errors import NotFound
from postrider.kit.signing import derive_key
from postrider.mail_events.source import MailSource, SourceKind
from postrider.tracking.tokens import (
    LINK_EXPIRED,
    MAX_TOKEN_CHARS,
    ConfirmationToken,
    MailToken,
    TokenPurpose,
    Tokens,
    _Mac,
)

TOKENS = Tokens(b"r" * 32)
NUMBERS = st.integers(min_value=0, max_value=2**63)
MAIL_TOKENS = st.builds(
    MailToken,
    account_id=NUMBERS.map(str),
    source=st.none() | st.builds(MailSource, st.sampled_from(SourceKind), NUMBERS),
    list_id=NUMBERS,
    contact_id=NUMBERS,
    link_id=NUMBERS,
    target=st.text(max_size=200),
    address_number=NUMBERS,
) | st.builds(
    MailToken,
    account_id=NUMBERS.map(str),
    source=NUMBERS.map(MailSource.campaign),
    contact_id=NUMBERS,
    link_id=NUMBERS,
    variant=NUMBERS,
    address_number=NUMBERS,
)
PURPOSES = st.sampled_from(list(TokenPurpose))


@given(PURPOSES, MAIL_TOKENS)
def test_a_token_is_read_as_it_was_made(purpose, token):
    assert TOKENS.read(purpose, TOKENS.make(purpose, token)) == token


@given(st.lists(PURPOSES, min_size=2, max_size=2, unique=True), MAIL_TOKENS)
def test_a_token_is_invalid_for_another_purpose(purposes, token):
    with pytest.raises(NotFound):
        TOKENS.read(purposes[1], TOKENS.make(purposes[0], token))


@given(MAIL_TOKENS, st.data())
def test_a_token_with_one_altered_character_is_invalid(token, data):
    text = TOKENS.make(TokenPurpose.CLICK, token)
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from([char for char in "ABab09-_=." if char != text[at]]))
    with pytest.raises(NotFound):
        TOKENS.read(TokenPurpose.CLICK, text[:at] + other + text[at + 1 :])


@given(MAIL_TOKENS, st.integers(1, 60))
def test_a_cut_or_lengthened_token_is_invalid(token, count):
    text = TOKENS.make(TokenPurpose.UNSUBSCRIBE, token)
    for altered in (text[:-count], text[count:], text + "A" * count, text + "="):
        with pytest.raises(NotFound):
            TOKENS.read(TokenPurpose.UNSUBSCRIBE, altered)


@given(st.text(max_size=200))
def test_any_other_text_is_invalid_and_no_fault(text):
    with pytest.raises(NotFound):
        TOKENS.read(TokenPurpose.OPEN, text)
    with pytest.raises(NotFound):
        TOKENS.read_confirmation(TokenPurpose.CONFIRM_SENDER, text, now=datetime.now(UTC))


def test_an_oversized_token_is_refused_before_it_is_decoded():
    with pytest.raises(NotFound):
        TOKENS.read(TokenPurpose.CLICK, "A" * (MAX_TOKEN_CHARS + 1))


def test_another_installation_cannot_make_our_tokens():
    text = Tokens(b"s" * 32).make(TokenPurpose.OPEN, MailToken(account_id="1"))
    with pytest.raises(NotFound):
        TOKENS.read(TokenPurpose.OPEN, text)


def test_a_click_token_is_short_enough_for_one_line_of_a_mail():
    token = MailToken(
        account_id="123456", source=MailSource.campaign(10**7), list_id=10**6, contact_id=10**8, link_id=99
    )
    assert len(TOKENS.make(TokenPurpose.CLICK, token)) <= 48


def test_the_maker_for_one_recipient_makes_the_same_tokens():
    maker = TOKENS.recipient("17", MailSource.campaign(300), list_id=4, contact_id=99999)
    token = MailToken(
        account_id="17", source=MailSource.campaign(300), list_id=4, contact_id=99999, link_id=200, target="https://a/é"
    )
    assert maker.make(TokenPurpose.CLICK, link_id=200, target="https://a/é") == TOKENS.make(TokenPurpose.CLICK, token)


@given(st.binary(max_size=300))
def test_the_mac_is_hmac_sha256(body):
    key = derive_key(b"k" * 32, "x")
    assert _Mac(key).of(body) == hmac.digest(key, body, hashlib.sha256)[:16]


def test_a_confirmation_is_read_until_it_expires():
    now = datetime(2026, 3, 1, 12, tzinfo=UTC)
    token = ConfirmationToken(
        account_id="5",
        expires_at=now + timedelta(days=2),
        list_id=7,
        contact_id=9,
        consent_number=3,
        reference="form-1",
    )
    text = TOKENS.make_confirmation(TokenPurpose.CONFIRM_SUBSCRIPTION, token)
    assert TOKENS.read_confirmation(TokenPurpose.CONFIRM_SUBSCRIPTION, text, now=now) == token
    with pytest.raises(NotFound) as expired:
        TOKENS.read_confirmation(TokenPurpose.CONFIRM_SUBSCRIPTION, text, now=now + timedelta(days=2))
    assert expired.value.code == LINK_EXPIRED


def test_a_negative_number_is_refused():
    with pytest.raises(ValueError, match="negative"):
        TOKENS.make(TokenPurpose.OPEN, MailToken(account_id="1", contact_id=-1))
