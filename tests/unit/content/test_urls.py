"""URLs in contents: read as browsers do, cut out of texts as mail programs do, with values encoded for their place."""

import html

import pytest

from postrider.content.compiled import Link, Options
from tests.unit.content.samples import UNTRACKED, compiled, html_of, links, merged, person

TRACKED = Options(opens=False)
JO = person(name="Jo & Söhne <x>", city="a'b) c", site="https://jo.example/a b")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ""),
        ("", "。次の文"),
        ("", "…"),
        ("\uff08", "\uff09"),
        ("「", "」です"),
        ("", "、と"),
        ("", "\uff01"),
        ("", "—and"),
        ("", "\u2013"),
        ("„", "“"),
        ("«", "»"),
        ("*", "*"),
        ("_", "_"),
        ("**", "**."),
        ("| ", "|next"),
        ("'", "'"),
        ("('", "')"),
        ("[", "]"),
        ("(", ")."),
        ("<", ">"),
        ("`", "`"),
        ("", "\u3000x"),
        ("", "\u200bx"),
        ("~", "~"),
        ("{", "}"),
    ],
)
@pytest.mark.parametrize(
    "url",
    [
        "https://a.example",
        "https://a.example/it's/x",
        "https://a.example/wiki/B_(c)?d=[1]",
        "https://a.example/日本・語/Paral·lel",
        "https://a.example/a_b*c~d-e,f;g:h!i",
        "https://a.example/?q=é#x",
    ],
)
def test_a_link_in_a_text_ends_before_the_punctuation_around_it(url, before, after):
    content = compiled(TRACKED, text=f"see {before}{url}{after}")
    assert [link.target for link in content.links] == [url]
    assert merged(content, JO, links=links()).text == f"see {before}{links().click(1)}{after}"


@pytest.mark.parametrize(
    ("written", "target"),
    [
        ("https://a.example/long\n      /path?q=1", "https://a.example/long/path?q=1"),
        (" \t\r\nhttps://a.example/\t ", "https://a.example/"),
        ("ht\ntps://a.example", "https://a.example"),
        ("https://a.example/a&#10;b&Tab;c", "https://a.example/abc"),
        ("https://a.example/a b\x01c", "https://a.example/a%20b%01c"),
        ("https:\\\\a.example\\b?c\\d", "https://a.example/b?c%5Cd"),
        ("https:/a.example/x", "https://a.example/x"),
        ("\x1fHTTPS://a.example", "HTTPS://a.example"),
        ("https://ä.example/ü", "https://ä.example/ü"),
    ],
)
def test_a_link_is_read_as_browsers_do_in_both_parts(written, target):
    written = written.replace("\n      ", "\n")
    content = compiled(TRACKED, html=f'<a href="{written}">go</a>')
    assert content.links == (Link(id=1, target=target),)
    mail = merged(content, JO, links=links())
    assert (mail.html, mail.text) == (f'<a href="{links().click(1)}">go</a>', f"go ({links().click(1)})\n")
    assert merged(compiled(UNTRACKED, html=f'<a href="{written}">go</a>'), JO).text == f"go ({target})\n"


def test_a_link_with_tags_may_have_line_breaks():
    content = compiled(UNTRACKED, html='<a href="https://a.example/\n?n=[name]">go</a>')
    target = "https://a.example/?n=Jo%20%26%20S%C3%B6hne%20%3Cx%3E"
    assert merged(content, JO).html == f'<a href="{target}">go</a>'
    assert merged(content, JO).text == f"go ({target})\n"


ENCODED = "Jo%20%26%20S%C3%B6hne%20%3Cx%3E"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (
            '<a href="mailto:x@a.example?subject=[name]&amp;body={{ contact.name }}">',
            f"subject={ENCODED}&amp;body={ENCODED}",
        ),
        ('<a href="mailto:[email]?subject=[name]">', f"mailto:jo@example.com?subject={ENCODED}"),
        ("<a href=mailto:{{ contact.email }}>", "mailto:jo@example.com>"),
        ('<a href="sms:+491?body=[name]">', f"sms:+491?body={ENCODED}"),
        ('<a href="whatsapp://send?text=[name]">', f"text={ENCODED}"),
        ('<img src="https://a.example/[name].png?c=[city]">', f"/{ENCODED}.png?c=a%27b%29%20c"),
        ('<img srcset="[site] 1x, https://a.example/[name].png 2x">', f"https://a.example/{ENCODED}.png 2x"),
        ('<td background="/bg/[name]">', f"/bg/{ENCODED}"),
        ('<td style="background:url(https://a.example/[city].png)">', "url(https://a.example/a%27b%29%20c.png)"),
        ("<td style='background:url(\"/[name]\");color:[city]'>", f'url("/{ENCODED}");color:a&#39;b) c'),
        ('<td style="background:url([city])">', "url(a%27b%29%20c)"),
        ('<td style="background:url([site])">', "url(https://jo.example/a%20b)"),
        ('<v:fill src="https://a.example/[name]">', f"https://a.example/{ENCODED}"),
        ('<!--[if mso]><img src="https://a.example/[name]"><![endif]-->', f"https://a.example/{ENCODED}"),
        ('<p title="[name]">', "Jo &amp; Söhne &lt;x&gt;"),
        ('<form action="https://a.example/?n=[IF age > 3]x[ELSE][name][ENDIF]">', f"n={ENCODED}"),
        ('<img src="[site]">', "https://jo.example/a b"),
        ('<a href="mailto:?body=[SHOWEMAIL]">', "body=#"),
    ],
)
def test_values_are_encoded_for_their_place(written, expected):
    assert expected in html_of(written, JO)


def test_values_in_a_mail_link_are_readable_in_the_text_part():
    content = compiled(UNTRACKED, html='<a href="mailto:[email]?subject=[name]">Write</a>')
    assert merged(content, JO).text == "Write (jo@example.com)\n"
    assert html.unescape(merged(content, JO).html).startswith('<a href="mailto:jo@example.com?')
