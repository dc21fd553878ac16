"""Inlining of style sheets: inlined and remaining rules, with the precedence of a browser.

`tests/e2e/test_styles_in_browser.py` compares computed styles in a browser.
"""

import time
from contextlib import suppress

import pytest

from postrider.kit.errors import Invalid
from tests.unit.content.samples import compiled, html_of, merged, person

JO = person(name="Jo")


def styled(css, body='<p class="x">a</p>', attributes=""):
    return html_of(f"<style{attributes}>{css}</style>{body}", None)


@pytest.mark.parametrize(
    ("css", "body", "expected"),
    [
        ("p{color:red}", "<p>a</p>", '<style></style><p style="color:red">a</p>'),
        ("p{line-height 20px;color:red;;}", "<p>a</p>", '<style></style><p style="color:red">a</p>'),
        ("p{color:red} p{{", "<p>a</p>", '<style>p{{}}</style><p style="color:red">a</p>'),
        ('p{font-family:"A B"}', "<p>a</p>", "<style></style><p style=\"font-family:'A B'\">a</p>"),
        (
            """p{quotes:"'" '<'}""",
            "<p style='color:red'>a</p>",
            """<style></style><p style="quotes:&quot;'&quot; &quot;&lt;&quot;;color:red">a</p>""",
        ),
        ("p{margin:0}", "<p style=margin:1px>a</p>", '<style></style><p style="margin:0;margin:1px">a</p>'),
        ("p{margin:0}", "<p style>a</p>", '<style></style><p style="margin:0">a</p>'),
        (".x,p{margin:0}", '<p class="x">a</p>', '<style></style><p style="margin:0" class="x">a</p>'),
        ("p{width:9px}p.x{width:1px}", '<p class="x">a</p>', '<style></style><p style="width:1px" class="x">a</p>'),
        ("p{color:red}.y{color:red}", "<p>a</p>", '<style>.y{color:red}</style><p style="color:red">a</p>'),
        ("br{color:red}", "a<br/>b", '<style></style>a<br style="color:red"/>b'),
    ],
)
def test_a_rule_that_was_inlined_leaves_the_sheet(css, body, expected):
    assert styled(css, body) == expected


@pytest.mark.parametrize(
    "attributes",
    [
        ' media="only screen and (max-width:480px)"',
        " media=print",
        " MEDIA='Screen'",
        ' data-css-inline="ignore"',
        ' type="text/x-template"',
    ],
)
def test_a_sheet_with_a_condition_is_left_alone(attributes):
    assert styled("p{display:none}", "<p>a</p>", attributes) == f"<style{attributes}>p{{display:none}}</style><p>a</p>"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<!--[if !mso]><!-->", "<!--<![endif]-->"),
        ("<!--[if !mso]> <!-- -->", "<!--<![endif]-->"),
        ("<![if !mso]>", "<![endif]>"),
        ("<!--[if mso]>", "<![endif]-->"),
        ("{% if contact.name %}", "{% endif %}"),
        ("<!-- {% if contact.name %} -->", "<!-- {% endif %} -->"),
    ],
)
def test_a_sheet_that_some_readers_do_not_get_is_left_alone(before, after):
    sheet = "<style>p{display:none}</style>"
    assert f"{sheet}" in html_of(f"{before}{sheet}{after}<p>a</p>", JO)
    assert "<p>a</p>" in html_of(f"{before}{sheet}{after}<p>a</p>", JO)
    assert '<p style="color:red">' in html_of(f"{before}x{after}<style>p{{color:red}}</style><p>a</p>", JO)


@pytest.mark.parametrize(
    "condition",
    [
        "@media (max-width:480px){p{color:blue}}",
        "@media print{@supports (a:b){p{color:blue}}}",
        "@supports (display:grid){.x{color:blue}}",
        "@layer a{p{color:blue}}",
        "p:hover{color:blue}",
        "p:nth-child(1){color:blue}",
        "[data-ogsc] p{color:blue}",
        "u + .body p{color:blue}",
        "body{& p{color:blue}}",
        "p{&:hover{color:blue}}",
        "p::unknown,p{color:blue}",
    ],
)
def test_a_declaration_that_a_condition_overrides_stays_in_the_sheet(condition):
    """An inline style would win against the condition."""
    out = styled(f"p{{margin:0;color:red}} {condition}")
    assert '<p style="margin:0" class="x">' in out
    assert condition in out
    assert "p{color:red}" in out


def test_a_condition_with_important_overrides_the_inline_style():
    out = styled("p{color:red} @media (max-width:480px){p{color:blue!important}}")
    assert out == '<style>@media (max-width:480px){p{color:blue!important}}</style><p style="color:red" class="x">a</p>'


def test_an_important_declaration_that_a_condition_overrides_is_inlined_without_important():
    sheet = "p{color:red!important} @media print{p{color:blue!important}}"
    assert styled(sheet, "<p>a</p>") == f'<style>{sheet}</style><p style="color:red">a</p>'


def test_a_condition_on_another_property_or_a_weaker_condition_does_not_prevent_inlining():
    for condition in ("@media print{p{margin:0}}", "@media print{a{color:blue}}", ".y:hover{color:blue}"):
        assert '<p style="color:red" class="x">' in styled(f"{condition} p.x{{color:red}}")
    assert '<p style="color:red" class="x">' in styled("@media print{p{color:blue}} p.x{color:red}")


@pytest.mark.parametrize(
    ("inline", "conditional", "is_held"),
    [
        ("padding:1px", "padding-left:0", True),
        ("padding-left:1px", "padding:0", True),
        ("padding-left:1px", "padding-right:0", False),
        ("border-top:0", "border-color:red", True),
        ("border-collapse:collapse", "border:0", False),
        ("border-radius:1px", "border:0", False),
        ("font-size:1px", "line-height:2", False),
        ("line-height:2", "font:1px Arial", True),
        ("top:1px", "inset:0", True),
        ("margin-left:1px", "margin-inline:0", True),
        ("inline-size:1px", "width:0", True),
        ("align-items:center", "place-items:end", True),
        ("color:red", "all:unset", True),
        ("all:unset", "color:red", True),
        ("-webkit-flex:1", "flex-grow:2", True),
        ("--a:1", "--b:2", False),
    ],
)
def test_declarations_of_the_same_property_hold_each_other_back(inline, conditional, is_held):
    assert ('<p class="x">' in styled(f"p{{{inline}}} @media print{{p{{{conditional}}}}}")) is is_held


def test_elements_that_are_not_shown_get_no_styles():
    out = html_of("<html><head><title>t</title><style>*{margin:0}</style></head><body>a</body></html>", None)
    assert out == (
        '<html style="margin:0"><head><title>t</title><style></style></head><body style="margin:0">a</body></html>'
    )


def test_a_weaker_declaration_is_not_inlined_over_a_declaration_that_stays():
    out = styled("p{color:red} p.x{color:green} @media print{.x.x{color:blue}}")
    assert '<p class="x">' in out


def test_elements_that_only_outlook_sees_keep_their_rules():
    out = styled(
        "td.y{color:red} td{margin:0}", '<!--[if mso]><td class="y"><![endif]--><table><td class="y">a</table>'
    )
    assert "td.y{color:red}" in out
    assert '<td style="margin:0;color:red" class="y">' in out


def test_an_element_whose_class_depends_on_the_recipient_keeps_to_the_sheet():
    css = ".x{color:red}.Jo{color:blue}"
    out = html_of(f'<style>{css}</style><p class="x [name]">a</p><p class="x">b</p>', JO)
    assert out == f'<style>{css}</style><p class="x Jo">a</p><p style="color:red" class="x">b</p>'


def test_a_content_can_opt_out():
    html = "<style>p{color:red}</style><p>a</p>"
    assert html_of(html, JO, inline_css=False) == html


def test_an_element_can_opt_out_and_a_sheet_can_be_kept():
    out = styled("p{color:red}", '<p data-css-inline="ignore">a</p><p>b</p>')
    assert out == '<style>p{color:red}</style><p data-css-inline="ignore">a</p><p style="color:red">b</p>'
    out = styled("p{color:red}", "<p>b</p>", ' data-css-inline="keep"')
    assert out == '<style data-css-inline="keep">p{color:red}</style><p style="color:red">b</p>'


def test_only_style_attributes_and_sheets_change():
    html = '<P Class=x\n>a<B>b</P>c<![if x]>&nbsp;<td>[name]<!-- p --><script>"<p>"</script><Br/></body></b>'
    out = html_of(f"<style>p{{color:red}}</style>{html}", JO)
    assert out == "<style></style>" + html.replace("<P ", '<P style="color:red" ').replace("[name]", "Jo")


def test_classes_that_differ_in_case_stay_in_the_sheet():
    """Such names match in documents without a doctype only."""
    assert '<p class="X">' in styled(".x{color:red}", '<p class="X">a</p>')


def test_sizes_shrink_by_inlining_a_usual_mail():
    css = "".join(f".c{n}{{color:#00{n:02};font:{n}px/1.5 Arial;padding:{n}px}}" for n in range(10, 60))
    body = "".join(f'<p class="c{n}">some words of a mail</p>' for n in range(10, 60))
    source = f"<style>{css}</style>{body}"
    assert len(merged(compiled(html=source), None).html.encode()) < len(source) * 1.1


@pytest.mark.parametrize(
    "css",
    [
        "(" * 90_000,
        "{" * 90_000,
        "a{" * 40_000,
        "@media a{" * 9_000,
        "p{&{" * 20_000,
        "* " * 45_000 + "{color:red}",
        ("* " * 240 + "{color:red}") * 190,
        (".a" * 240 + "{color:red}") * 190,
        "*~*+*>* *{color:red}" * 4000,
        "[class*=a]" * 9000 + "{color:red}",
        ":is(" * 20_000,
        ":not(:not(:not(a" + "{color:red}" * 50,
        "a," * 40_000 + "a{color:red}",
        "p{" + "color:red;" * 9_000 + "}",
        "/*" * 45_000,
        "\\" * 90_000,
        '"' * 90_000,
    ],
)
def test_any_style_sheet_is_inlined_or_refused_within_seconds(css):
    started = time.process_time()
    for body in ("<div class=a>" * 2900, "<p class=a>x</p>" * 3000):
        with suppress(Invalid):
            styled(css, body)
    assert time.process_time() - started < 6
