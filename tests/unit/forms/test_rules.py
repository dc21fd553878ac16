"""Fields and texts of a form."""

import pytest

from postrider.forms.rules import EMAIL, TRAP, cleaned, inputs_of, inputs_of_all


@pytest.mark.parametrize(
    "html",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg/onload=alert(1)>",
        "<math><mi xlink:href='javascript:alert(1)'>",
        "<a href='java\tscript:alert(1)'>x</a>",
        "<a href='data:text/html,alert(1)'>x</a>",
        "<object data='https://evil.example'></object>",
        "<base href='https://evil.example'>",
        "<meta http-equiv=refresh content='0;url=https://evil.example'>",
        "<link rel=stylesheet href='https://evil.example'>",
        "<form action='https://evil.example'><input name=email formaction='https://evil.example'></form>",
        "<input type=image src='https://evil.example' name=email>",
        "<p style='background:url(https://evil.example);position:absolute'>x</p>",
        "<!--[if IE]><script>alert(1)</script><![endif]-->",
    ],
)
def test_scripts_and_foreign_links_are_removed(html):
    clean = cleaned(html)
    for evil in (
        "script",
        "onerror",
        "onload",
        "alert(1)",
        "formaction",
        "<form",
        "<meta",
        "<base",
        "<link",
        "position",
    ):
        assert evil not in clean.lower()
    assert "src=" not in clean or 'src="x"' in clean


def test_cleaning_twice_is_cleaning_once():
    html = '<div class="a"><label for="e">E</label><input id="e" type="email" name="email" required><b>x</b></div>'
    assert cleaned(cleaned(html)) == cleaned(html)
    for kept in ("<label", 'for="e"', 'type="email"', "required", 'class="a"'):
        assert kept in cleaned(html)


def test_inputs_count_only_beside_an_address_field():
    assert inputs_of(cleaned('<input name="city">')).attributes == frozenset()
    asked = inputs_of(cleaned('<input name="email" type="email"><input name="city"><textarea name="note"></textarea>'))
    assert (asked.has_email, asked.has_button, asked.attributes) == (True, False, {"city", "note"})


def test_a_hidden_address_is_none():
    assert not inputs_of(cleaned('<input type="hidden" name="email" value="a@example.com">')).has_email


def test_interests_are_boxes_or_a_choice():
    boxes = '<input name="email"><input type="checkbox" name="interests" value="a">'
    choice = '<input name="email"><select name="interests" multiple><option value="b">B</option></select>'
    both = inputs_of_all({"linked": boxes, "embedded": choice})
    assert (both.interests, both.attributes) == ({"a", "b"}, frozenset())


def test_our_own_fields_are_no_attributes():
    names = inputs_of(
        cleaned(f'<input name="{EMAIL}"><input name="{TRAP}"><input name="interests" value="x">')
    ).attributes
    assert names == frozenset()
