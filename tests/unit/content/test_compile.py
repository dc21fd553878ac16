"""Compiling: links, footers, styles, the text part and the pixel."""

import re
import time

import pytest

from postrider.content.compiled import Link, Options
from postrider.content.document import MAX_TAGS
from postrider.content.markup import tokens
from postrider.content.merge_tags import PublicPage
from postrider.kit.errors import Invalid
from postrider.tracking.tokens import MailToken, TokenPurpose
from tests.unit.content.samples import BASE, TOKENS, UNTRACKED, compiled, links, merged, person

TRACKED = Options(opens=False)
JO = person(name="Jo & Söhne", site="https://jo.example")


def clicked(html: str, nth: int = 0) -> MailToken:
    token = html.split(f"{BASE}/c/")[nth + 1].split('"')[0].split(")")[0].split("\n")[0]
    return TOKENS.read(TokenPurpose.CLICK, token)


def test_web_links_are_numbered_once_and_other_links_left_alone():
    html = (
        '<a href="https://a.example/?x=1&amp;y=2">1</a><A class=b HREF=http://b.example>2</A>'
        "<a href='https://a.example/?x=1&amp;y=2'>3</a><a href=\"mailto:x@a.example\">4</a><a href='#top'>5</a>"
        '<a href="tel:1">6</a><a href="[UNSUBSCRIBE]">7</a><link href="https://c.example/s.css"><a name="q">8</a>'
        '<!--[if mso]><v:roundrect href="https://d.example"><![endif]-->'
    )
    content = compiled(TRACKED, html=html, text="see https://b.example. (https://e.example/(x))")
    assert content.links == (
        Link(id=1, target="https://a.example/?x=1&y=2"),
        Link(id=2, target="http://b.example"),
        Link(id=3, target="https://d.example"),
        Link(id=4, target="https://b.example"),
        Link(id=5, target="https://e.example/(x)"),
    )
    mail = merged(content, JO, links=links())
    assert [clicked(mail.html, nth).link_id for nth in range(4)] == [1, 2, 1, 3]
    for kept in (
        '"mailto:x@a.example"',
        "'#top'",
        '"tel:1"',
        "https://c.example/s.css",
        f'"{links().page(PublicPage.UNSUBSCRIBE)}"',
    ):
        assert kept in mail.html
    assert mail.text == f"see {links().click(4)}. ({links().click(5)})"


@pytest.mark.parametrize(
    ("href", "target"),
    [
        ("?a=1&region=eu&section=2&currency=EUR&notify=1&copy=3&para=5", None),
        ("?a=1&amp;copy=3&#38;b&#x26;c&#x26d", "?a=1&copy=3&b&c\u026d"),
        ("?a&notit;b&unknown;c&copy1&amp", "?a&notit;b&unknown;c&copy1&"),
        ("?price=&euro;5&copy;=x&copy-y", "?price=€5©=x©-y"),
    ],
)
@pytest.mark.parametrize("quote", ['"', "'", ""])
@pytest.mark.parametrize("style", ["", "<style>a{color:red}</style>"])
def test_names_of_characters_in_a_link_end_as_the_standard_says(href, target, quote, style):
    content = compiled(TRACKED, html=f"{style}<a href={quote}https://a.example/{href}{quote}>x</a>", text="x")
    assert [link.target for link in content.links] == [f"https://a.example/{target or href}"]


@pytest.mark.parametrize("between", ["\n", "\t", "/", '\n class="b"\n'])
def test_an_attribute_may_stand_on_a_line_of_its_own(between):
    content = compiled(TRACKED, html=f'<a{between}href="https://a.example/x">x</a>', text="x")
    assert content.links == (Link(id=1, target="https://a.example/x"),)
    assert "https://a.example" not in merged(content, JO, links=links()).html


def test_each_part_is_tracked_by_its_own_switch():
    source = {"html": '<a href="https://a.example">x</a>', "text": "https://a.example"}
    only_text = merged(compiled(Options(opens=False, clicks_html=False), **source), JO, links=links())
    assert (only_text.html, only_text.text) == (source["html"], links().click(1))
    only_html = merged(compiled(Options(opens=False, clicks_text=False), **source), JO, links=links())
    assert (only_html.html, only_html.text) == (f'<a href="{links().click(1)}">x</a>', source["text"])


def test_additional_parameters_go_before_the_fragment():
    options = Options(opens=False, additional_params="?utm=a%20b&c=d")
    content = compiled(options, html='<a href="https://a.example#f">x</a><a href="https://a.example/?q">y</a>')
    assert [link.target for link in content.links] == [
        "https://a.example?utm=a%20b&c=d#f",
        "https://a.example/?q&utm=a%20b&c=d",
    ]


@pytest.mark.parametrize(
    ("site", "target"),
    [
        ("https://ann.example/?q=1&r=2#top", "https://ann.example/?q=1&r=2&utm=x#top"),
        ("https://ann.example", "https://ann.example?utm=x"),
    ],
)
@pytest.mark.parametrize("href", ["[site]", "{{ contact.site }}"])
def test_additional_parameters_are_added_to_a_link_from_a_field_in_both_parts(site, target, href):
    options = Options(opens=False, additional_params="utm=x")
    content = compiled(options, html=f'<a href="{href}">x</a>')
    mail = merged(content, person(site=site), links=links())
    assert content.links == (Link(id=1, target=href, varies=True),)
    assert (clicked(mail.html).target, clicked(mail.text).target) == (target, target)


@pytest.mark.parametrize("params", ["a b", "a\r\nb", 'a"b', "a#b", "<x>", "{{ x }}"])
def test_parameters_that_are_no_query_are_refused(params):
    with pytest.raises(Invalid) as refused:
        compiled(Options(additional_params=params), html="x")
    assert refused.value.field == ("tracking", "additional_params")


def test_a_link_with_tags_is_rendered_for_the_recipient_and_travels_in_its_token():
    content = compiled(TRACKED, html='<a href="https://a.example/[name]?e=[email]&amp;n={{ contact.name }}">x</a>')
    assert content.links == (Link(id=1, target="https://a.example/[name]?e=[email]&n={{ contact.name }}", varies=True),)
    token = clicked(merged(content, JO, links=links()).html)
    expected = "https://a.example/Jo%20%26%20S%C3%B6hne?e=jo%40example.com&n=Jo+%26+S%C3%B6hne"
    assert (token.link_id, token.target) == (1, expected)


@pytest.mark.parametrize("options", [TRACKED, UNTRACKED])
@pytest.mark.parametrize(
    "value", ["javascript:alert(1)", "data:text/html,x", "//evil.example", "https://a\\@b c\n", " ", ""]
)
@pytest.mark.parametrize("href", ["[site]", "{{ contact.site }}"])
def test_contact_data_cannot_choose_the_scheme_of_a_link(options, value, href):
    content = compiled(options, html=f'<a href="{href}">x</a>')
    assert merged(content, person(site=value), links=links()).html == '<a href="#">x</a>'


def test_a_link_that_is_a_field_leads_where_the_field_says():
    content = compiled(UNTRACKED, html='<a href="[site]">x</a>')
    assert merged(content, JO).html == '<a href="https://jo.example">x</a>'
    tracked = merged(compiled(TRACKED, html='<a href="[site]">x</a>'), JO, links=links())
    assert clicked(tracked.html).target == "https://jo.example"


def test_a_target_too_long_for_a_token_is_not_tracked():
    content = compiled(TRACKED, html='<a href="https://a.example/[name]">x</a>')
    target = "https://a.example/" + "x" * 3000
    assert merged(content, person(name="x" * 3000), links=links()).html == f'<a href="{target}">x</a>'


def test_a_link_in_text_ends_where_a_condition_begins():
    content = compiled(TRACKED, text="{% if contact.name %}https://a.example/{% endif %}")
    assert content.links == (Link(id=1, target="https://a.example/"),)
    assert merged(content, JO, links=links()).text == links().click(1)


@pytest.mark.parametrize(
    ("options", "default_link"),
    [(Options(opens=False), True), (Options(opens=False, inject_unsubscribe_link=True), False)],
)
def test_a_missing_unsubscribe_link_is_appended(options, default_link):
    content = compiled(options, html="<body><p>x</p></body>", text="x", default_unsubscribe_link=default_link)
    mail = merged(content, JO, links=links())
    url = links().page(PublicPage.UNSUBSCRIBE)
    assert mail.html.endswith(f'<a href="{url}" style="color:#555555">Unsubscribe</a></div></body>')
    assert mail.text == f"x\n\n-- \nUnsubscribe: {url}\n"


def test_links_of_the_author_are_not_appended_again():
    options = Options(opens=False, inject_unsubscribe_link=True, inject_address=True)
    html = '<p>[CLIENTS.ADDRESS] <a href="[GLOBAL_UNSUBSCRIBE]">out</a></p>'
    assert merged(compiled(options, html=html), JO).html == '<p>1 Main St <a href="#">out</a></p>'


@pytest.mark.parametrize(
    "html",
    [
        "[IF age > 3]{}[ENDIF]",
        "[IF age > 3]a[ELSE]{}[ENDIF]",
        "[IF age > 3][IF age > 4]a[ENDIF]{}[ENDIF]",
        "<!-- [IF age > 3] -->{}<!-- [ENDIF] -->",
        "{{% if contact.name %}}{}{{% endif %}}",
        "{{%- unless contact.name -%}}a{{% else %}}{}{{% endunless %}}",
        "{{% case contact.name %}}{{% when 'x' %}}{}{{% endcase %}}",
        "{{% comment %}}{}{{% endcomment %}}",
        "{{% capture x %}}{}{{% endcapture %}}",
        "<!-- {} -->",
        "<!--[if mso]>{}<![endif]-->",
        "<title>{}</title>",
    ],
)
def test_conditional_links_do_not_replace_the_footer(html):
    """A second link for some is the lesser evil than no way out for others."""
    options = Options(opens=False, inject_unsubscribe_link=True, inject_address=True)
    written = html.format('[CLIENTS.ADDRESS] <a href="[UNSUBSCRIBE]">out</a>')
    mail = merged(compiled(options, html=f"<p>x{written}</p>"), JO, links=links())
    url = links().page(PublicPage.UNSUBSCRIBE)
    assert f'ACME, 1 Main St, Springfield, US<br><a href="{url}"' in mail.html
    assert mail.text.endswith(f"-- \nACME, 1 Main St, Springfield, US\nUnsubscribe: {url}\n")


@pytest.mark.parametrize(
    "html",
    [
        "[IF age > 3]a[ENDIF]{}[IF age > 4]b[ENDIF]",
        "<!-- a -->{{% if contact.name %}}a{{% endif %}}{}<![if !mso]>b<![endif]>",
    ],
)
def test_unconditional_links_replace_the_footer(html):
    options = Options(opens=False, inject_unsubscribe_link=True, inject_address=True)
    written = html.format('[CLIENTS.ADDRESS] <a href="[UNSUBSCRIBE]">out</a>')
    mail = merged(compiled(options, html=f"<p>{written}</p>"), JO, links=links())
    assert [part.count(links().page(PublicPage.UNSUBSCRIBE)) for part in (mail.html, mail.text)] == [1, 1]
    assert [part.count("1 Main St") for part in (mail.html, mail.text)] == [1, 1]


def test_the_postal_address_in_the_language_of_the_list():
    options = Options(opens=False, inject_address=True, inject_unsubscribe_link=True, language="fr_CA")
    mail = merged(compiled(options, text="x"), JO)
    assert mail.text == "x\n\n-- \nACME, 1 Main St, Springfield, US\nSe désabonner: #\n"


def test_the_footer_is_appended_only_if_requested():
    assert merged(compiled(html="<p>x</p>"), JO).html == "<p>x</p>"


def test_the_pixel_stands_at_the_start_of_the_body():
    """Gmail shows the first 102 KB of a mail."""
    content = compiled(Options(), html="<body class=x>x</body>", text="x")
    mail = merged(content, JO, links=links())
    pixel = f'<img src="{links().pixel()}" width="1" height="1" alt="" style="display:block;border:0">'
    assert mail.html == f"<body class=x>{pixel}x</body>"
    assert "/o/" not in mail.text
    assert merged(content, JO).html == "<body class=x>x</body>"


@pytest.mark.parametrize(
    "html",
    [
        "<html><body><p>x</p>{}</body></html><!-- </body> built by a tool -->",
        "<!-- <body> --><BODY><p>x</p>{}</BODY\n></html><!-- </body></html>",
        '<body title="</body>"><p>x</p>{}</body>',
        "<html><p>x</p>{}</html>\n<!-- done -->",
        "<p>x</p>{}",
        "<p>x</p>{}<!-- never closed <b>",
        '<p>x</p>{}<a href="never closed <b>',
        "<p>x</p>{}<style>never closed <b>",
        "<p>x</p>{}<title>never closed </b>",
        "<p>x</p><!--[if mso]></body><![endif]-->{}",
        "{{% if contact.name %}}<body><p>x</p></body>{{% else %}}<body>y</body>{{% endif %}}{}",
        "[IF age > 3]<html><body>x</body></html>[ENDIF]{}",
        "<script>'</body>'</script><body>x{}</body>",
    ],
)
def test_the_footer_stands_where_every_reader_sees_it(html):
    options = Options(opens=True, inject_unsubscribe_link=True)
    content = compiled(options, html=html.replace("{}", "").replace("{{", "{").replace("}}", "}"))
    for recipient in (JO, person()):
        out = merged(content, recipient, links=links()).html
        shown = html.replace("{{% if contact.name %}}<body>", "<body>").partition("{}")
        before, after = shown[0].replace("{", ""), shown[2]
        footer = out[out.index("<div style=") : out.index("</div>") + len("</div>")]
        assert "Unsubscribe</a></div>" in footer
        assert out.endswith(footer + after)
        assert before.startswith(("{", "[")) or out.count("/o/") == 1
        assert out.count("/o/") == 1


def test_the_footer_can_be_read_on_any_background():
    content = compiled(Options(inject_unsubscribe_link=True), html='<body style="background:#000;color:#fff">x</body>')
    (footer,) = re.findall(r'<div style="[^"]*"', merged(content, JO, links=links()).html)
    background, color = (
        re.search(rf";{name}:#(..)(..)(..)", footer).groups() for name in ("background-color", "color")
    )
    assert contrast(background, color) >= 7


def contrast(*colors: tuple[str, ...]) -> float:
    """The contrast ratio of two colors: https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio"""

    def luminance(color):
        parts = [int(part, 16) / 255 for part in color]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    dark, light = sorted(luminance(color) + 0.05 for color in colors)
    return light / dark


def test_an_html_that_gmail_would_cut_off_is_reported():
    assert compiled(html="<p>some words</p>" * 6000).warnings == ()
    (warning,) = compiled(html="<p>some words</p>" * 6300).warnings
    assert warning.message.startswith("The HTML has 104 KB.")


def test_styles_are_inlined_and_media_queries_kept():
    html = "<style>p{color:red} @media print{p{color:black!important}}</style><p>x</p>"
    out = merged(compiled(html=html), JO).html
    assert '<p style="color:red">x</p>' in out
    assert "@media print" in out


def test_conditions_between_table_rows_survive_inlining():
    html = (
        "<style>td{color:red}</style><table>{% if contact.name %}<tr><td>a</td></tr>{% endif %}"
        "{% unless contact.name %}<tr><td>b</td></tr>{% endunless %}</table>"
    )
    out = merged(compiled(html=html), JO).html
    assert "<tr><td" in out
    assert ">a</td>" in out
    assert ">b</td>" not in out


@pytest.mark.parametrize(
    ("css", "body"),
    [
        ("p{color:red}" * 10_000, ""),
        ("*{color:red}" * 5000, "<p>x</p>" * 5000),
        ("p{" + "".join(f"--a{n}:b;" for n in range(8000)) + "}", "<p>x</p>" * 2000),
        ("p{color:" + "x" * 90_000 + "}", "<p>x</p>" * 3000),
        ("p{color:red}", "<div>" * 30_000),
        ("p{color:red}", "<p>" + "".join(f"<font id={n}>" for n in range(900)) + "</p>" + "<p>x</p>" * 9000),
    ],
)
def test_styles_that_would_take_all_time_or_memory_are_refused(css, body):
    started = time.process_time()
    with pytest.raises(Invalid):
        compiled(html=f"<style>{css}</style>{body}")
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    "unit",
    [
        "<div><select></div></select>",
        "<div><table></div></table>",
        "<div><?</div>",
        "<div></ </div>",
        "<svg><title><div></title>",
        '<div a"></div><div b">',
        "<div><![CDATA[</div>]]>",
        "<div><xmp></div></xmp>",
        "<div><!-- </div> -->",
        "<svg><style><g></style>",
        "<option><b>",
    ],
)
def test_end_tags_that_parsers_ignore_do_not_hide_deep_nesting(unit):
    """The inliner overflows the stack, which ends the process: what it would nest must be counted as it nests."""
    with pytest.raises(Invalid):
        compiled(html="<style>p{color:red}</style>" + unit * 15_000)


def test_a_sloppy_newsletter_is_inlined():
    rows = "<tr><td><font color=red><p>a<b>b</font><td><br><img src=x>" * 120
    html = f"<style><!-- p{{color:red}} --></style><!-- <p> --><table>{rows}</table><script>if (a<b) c</script>"
    out = merged(compiled(html=html), JO).html
    assert out.count('<p style="color:red">') == 120
    assert "<!-- <p> -->" in out
    assert "<script>if (a<b) c</script>" in out


def test_the_text_part_is_made_from_the_html():
    html = (
        "<html><head><title>t</title><style>p{}</style></head><body><h1>Hello [name]</h1>"
        '<table><tr><td><p>Read&nbsp;<a href="https://a.example"><b>this</b></a></p></td><td>and that</td></tr></table>'
        '<ul><li>one</li><li>two</li></ul><a href="[UNSUBSCRIBE]">leave</a><img src="x" alt="y"></body></html>'
    )
    text = merged(compiled(html=html), JO).text
    assert "Hello Jo & Söhne" in text
    assert "Read this (https://a.example)" in text
    assert "* one" in text
    assert "leave (#)" in text
    assert not any(line.startswith(" ") or line.endswith(" ") for line in text.splitlines())


def test_the_text_part_has_the_texts_of_the_html():
    html = (
        "<p>&amp;lt;br&amp;gt; <b>&amp;copy;</b> AT&amp;T &lt;b&gt;<!-- &amp;lt; --> &amp;amp;</p><pre>&amp;lt;\n</pre>"
    )
    assert merged(compiled(html=html), JO).text == "&lt;br&gt; &copy; AT&T <b> &amp;\n\n&lt;\n"


def test_the_text_part_omits_comments_for_outlook():
    html = "<!--[if mso]><p>a</p><![endif]--><![if !mso]><p>b</p><![endif]><!--[if !mso]><!--><p>c</p><!--<![endif]-->"
    assert merged(compiled(html=html), JO).text == "b\n\nc\n"


@pytest.mark.parametrize(
    "comment",
    [
        "<!-- {{#each items}} {{ title }} {{/each}} -->",
        "<!-- {{ -->",
        "<!-- {% cycle x %} {% include 'a' %} {% -->",
        "<!--{{ contact.nothing }}-->",
        "<!-- [UNSUBSCRIBE] [name] [nothing] -->",
        "<!-- } %} }} ] -->",
    ],
)
def test_a_comment_holds_no_tags_but_conditions(comment):
    content = compiled(html=f"<p>[name]</p>{comment}<p>[name]</p>")
    assert merged(content, person(name="Jo")).html == f"<p>Jo</p>{comment}<p>Jo</p>"
    assert content.warnings == ()


def test_the_text_part_has_the_descriptions_of_images():
    html = (
        '<table><tr><td><img src="1.png" alt="Sale &amp; more"></td></tr><tr><td><img src="2.png" alt=""><img src="3.png">'
        '<a href="https://a.example"><img src="4.png" alt="All offers"></a></td></tr></table>'
    )
    assert merged(compiled(html=html), None).text == "Sale & more\nAll offers (https://a.example)\n"


@pytest.mark.parametrize(
    "filler",
    [
        "&#847; &#847; &#847; &#847; ",
        "&zwnj;&nbsp;" * 60,
        "&#8199;&#65279;&#847; " * 40,
        "&nbsp;" * 90,
        "&shy;" * 30,
        "&#8203; &#173;&#8204;\n",
    ],
)
def test_the_text_part_has_no_filler_of_the_preview(filler):
    html = f'<div style="max-height:0;overflow:hidden">Short news.</div><div>{filler}</div><p>Hello&nbsp;you</p>'
    assert merged(compiled(html=html), None).text.split("\n") == ["Short news.", "", "Hello you", ""]
    assert merged(compiled(html=f"<div>{filler}</div><p>Hello</p>"), None).text == "Hello\n"


def test_characters_that_join_or_part_letters_stay_in_the_text_part():
    words = "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645 Donau\u00addampf \U0001f469\u200d\U0001f469"
    assert merged(compiled(html=f"<p>{words}</p>"), None).text == f"{words}\n"


def test_a_condition_may_be_written_in_comments():
    html = "<p>a<!-- {% if contact.name == 'x' %} -->b<!-- [email] {% else %} -->c<!-- {% endif %} -->d</p>"
    content = compiled(html=html)
    assert [merged(content, person(name=name)).text for name in ("x", "y")] == ["abd\n", "acd\n"]
    around = "<!-- {% if contact.name == 'x' %} --><html><body>a</body></html><!-- {% endif %} -->"
    assert [merged(compiled(html=around), person(name=name)).text.strip() for name in ("x", "y")] == ["a", ""]


def test_a_link_is_the_same_in_both_parts():
    html = '<a href="https://a.example/?a=1&amp;currency=EUR&copy=3">x</a>'
    content = compiled(TRACKED, html=html)
    assert content.links == (Link(id=1, target="https://a.example/?a=1&currency=EUR&copy=3"),)
    assert merged(content, JO, links=links()).text == f"x ({links().click(1)})\n"


def test_a_link_with_a_space_is_the_same_in_both_parts():
    options = Options(opens=False, additional_params="utm=x")
    content = compiled(options, html='<a href=" http://x.example/p?q=ä b ">go</a>')
    assert content.links == (Link(id=1, target="http://x.example/p?q=ä%20b&utm=x"),)
    assert merged(content, JO, links=links()).text == f"go ({links().click(1)})\n"
    untracked = compiled(UNTRACKED, html='<a href="http://x.example/p?q=ä b">go</a>')
    assert merged(untracked, JO).text == "go (http://x.example/p?q=ä%20b)\n"


@pytest.mark.parametrize(
    ("site", "text"),
    [
        ("https://jo.example/a b", "my site (https://jo.example/a%20b), https://jo.example/a%20b\n"),
        ("", "my site,\n"),
        ("javascript:alert(1)", "my site,\n"),
    ],
)
def test_a_link_from_a_field_is_in_the_text_if_the_field_has_a_value(site, text):
    html = '<a href="[site]">\n my <b>site</b>\n</a>, <a href="[site]">[site]</a>'
    rendered = merged(compiled(html=html), person(site=site)).text
    assert rendered.replace(", \n", ",\n") == text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ('<a href="https://a.example"><img src="b.png" style="display:block" alt="Buy now"></a>', "Buy now (#1)"),
        ('<a href="https://a.example">\n<img alt="A [name]">\n<img><img alt="B"></a>!', "A Jo & Söhne B (#1)!"),
        ('<a href="https://a.example"><img alt=""></a>', "#1"),
        ('<a href="https://a.example"><img alt="Logo">Shop</a>', "Shop (#1)"),
        ('<a href="mailto:ann@a.example?subject=Hi">Write to us</a>', "Write to us (ann@a.example)"),
        ('<a href="MAILTO:ann@a.example">Mail Ann@A.example!</a>', "Mail Ann@A.example!"),
        ('<a href="mailto:[SENDER_EMAIL]">Write</a>', "Write (ann@news.example.com)"),
        ('<a href="mailto:[SENDER_EMAIL]">[SENDER_EMAIL]</a>', "ann@news.example.com"),
        ('<a href="mailto:[city]">Write</a>', "Write"),
        ('<a href="mailto:?subject=Hi">Share</a>', "Share"),
        ('<a href="tel:+49301234">Call us</a>', "Call us (+49301234)"),
        ('<a href="tel:+49301234">+49 (30) 12-34</a>', "+49 (30) 12-34"),
        ('<a href="tel:1"><img alt="Call"></a>', "Call (1)"),
        ('<a href="#top">Up</a> <a href="ftp://a.example">File</a> <a>none</a>', "Up File none"),
    ],
)
def test_a_link_has_its_words_and_its_address_in_the_text(html, text):
    rendered = merged(compiled(TRACKED, html=html), JO, links=links()).text
    assert rendered.replace(links().click(1), "#1") == f"{text}\n"


def test_words_that_are_an_address_end_where_the_address_of_their_link_begins():
    html = '<a href="[site]">https://a.example</a>'
    content = compiled(TRACKED, html=html)
    assert [link.target for link in content.links] == ["[site]", "https://a.example"]
    text = merged(content, JO, links=links()).text
    assert text.startswith(f"{links().click(2)} (")
    assert clicked(text, 1).target == "https://jo.example"


def test_a_content_may_have_as_many_tags_in_the_text_part_as_in_the_html():
    html = '<a href="https://a.example/[name]?[city]">[site]</a>' * (MAX_TAGS // 4)
    assert merged(compiled(TRACKED, html=html), JO, links=links()).text.count("https://jo.example (") == MAX_TAGS // 4


def test_words_that_are_the_address_are_said_once():
    content = compiled(TRACKED, html='<a href="https://a.example"><b>https://a.example</b></a>')
    assert merged(content, JO, links=links()).text == f"{links().click(1)}\n"
    assert merged(compiled(html='<a href="[UNSUBSCRIBE]">[UNSUBSCRIBE]</a>'), JO).text == "#\n"


def test_the_same_content_gives_the_same_links_on_every_worker():
    html = '<a href="https://b.example">1</a><a href="https://a.example">2</a>'
    assert compiled(TRACKED, html=html).links == compiled(TRACKED, html=html, subject="other").links


@pytest.mark.parametrize(
    "html",
    [
        "",
        "a<b",
        "<",
        "<a",
        '<a title=">">x</a>',
        "<!-- <a> -->x",
        "<style>a>b{}</style>",
        "<!doctype html><p>",
        "<textarea><a></textarea>",
        "a < b <c> d",
        "<!--><a>-->",
        "</>",
        "</ a>x",
        "<?php <a> ?>",
        "</",
        "<!",
        '<a =b c=\'d>\' e="f>" g=h"i>j',
        "<!-- --!>x",
    ],
)
def test_tokens_join_to_the_text(html):
    assert "".join(token.text for token in tokens(html)) == html
    assert "".join(token.text for token in tokens(html, into_conditional=True)) == html
