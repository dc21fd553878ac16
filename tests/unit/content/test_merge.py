"""Merge tags and the author's Liquid: values, remaining text, and refused tags."""

import html
import time
import tracemalloc
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from postrider.content.compiled import Options
from postrider.content.merge_tags import Person
from postrider.content.phpdate import php_date
from postrider.content.reading import read
from postrider.content.template import CompiledTemplate
from postrider.content.vocabulary import Vocabulary
from postrider.filters import facts_of
from postrider.kit.errors import Invalid
from tests.unit.content.samples import UNTRACKED, VOCABULARY, compiled, html_of, merged, person, raw_message, text_of

JO = person(name="Jo", city="", age="41")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("[name]", "Jo"),
        ("[email]", "jo@example.com"),
        ("[city,your town]", "your town"),
        ("[city, your town, or so]", " your town, or so"),
        ("[city]", ""),
        ("[name,friend]", "Jo"),
        ("[SENDER_NAME] <[SENDER_EMAIL]>", "Ann <ann@news.example.com>"),
        ("[LISTNAME]", "Readers"),
        ("[CLIENTS.COMPANY_NAME], [CLIENTS.CITY], [CLIENTS.PHONE]", "ACME, Springfield, "),
        ("[DATE|0|Y-m-d H:i]", "2026-03-01 14:05"),
        ("[DATE|86400|l jS F]", "Monday 2nd March"),
        ("[DATE|-60|H:i:s]", "14:04:09"),
    ],
)
def test_tags_are_replaced_by_their_values(written, expected):
    assert text_of(f"a {written} b", JO) == f"a {expected} b"


@pytest.mark.parametrize(
    "written",
    [
        "[]",
        "[ ]",
        "[1] a footnote",
        "a[href]",
        'input[type="text"]',
        "[if mso]",
        "[x y]",
        "[[",
        "[CLIENTS.NOTHING]",
        "[DATE|soon|Y]",
        "[2026]",
        "[x]",
        "[here](https://a.example)",
        "list[unknown]",
        "a_[unknown]",
        "[unknown]: see below",
        "[two words,fallback]",
        "https://a.example/?filter[id]=5&filter[a][name]=6&amp;page[email]=7",
        "https://a.example/?a=1&name[]=x&ids[name]%5B0%5D=y",
        "}} and %}",
        "[name",
    ],
)
def test_brackets_that_are_no_tag_stay_text(written):
    assert text_of(f"a {written} b", JO) == f"a {written} b"


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("[unknown,friend]", "friend"),
        ("[unknown, my friend]", " my friend"),
        ("[unknown]", ""),
        ("[Name]", ""),  # names are exact
        ("[unknown,]", ""),
        ("x=[unknown]", "x="),
    ],
)
@pytest.mark.parametrize("part", ["subject", "html", "text"])
def test_a_tag_of_an_attribute_that_the_list_lacks_is_replaced_and_reported(part, written, expected):
    content = compiled(**{part: f"a\nb {written} c" if part != "subject" else f"ab {written} c"})
    assert getattr(merged(content, JO), part).rstrip("\n").endswith(f"b {expected} c")
    (warning,) = content.warnings
    column = written.index("[") + (4 if part == "subject" else 3)
    place = f"line {1 if part == 'subject' else 2}, column {column}"
    name = written.strip("x=[]").partition(",")[0]
    assert warning.message == f"The {part} names the attribute '{name}', which the list does not have ({place})."


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("https://a.example/[name]/?x=[name]&y=a[name]", "https://a.example/Jo/?x=Jo&y=aJo"),
        ("https://a.example/p-[name]?[name]", "https://a.example/p-Jo?Jo"),
        ("https://a.example/?filter[id]=[id]", "https://a.example/?filter[id]=7"),
    ],
)
def test_in_a_query_brackets_after_a_word_are_part_of_its_name(written, expected):
    assert text_of(written, person(name="Jo", id="7")) == expected
    out = html_of(f'<a href="{written}">x</a>', person(name="Jo", id="7"))
    assert html.unescape(out) == f'<a href="{expected}">x</a>'


def test_without_a_list_only_the_built_in_fields_are_tags():
    content = compiled(vocabulary=Vocabulary(), text="[email] [name]")
    assert merged(content, JO).text == "jo@example.com [name]"


def test_the_subject_is_merged_and_can_be_quoted_in_the_body():
    content = compiled(subject="Hi [name][SUBJECT]", text="Re: [SUBJECT]", html="<b>[SUBJECT]</b>")
    result = merged(content, person(name="<Jo>"))
    assert (result.subject, result.text, result.html) == ("Hi <Jo>", "Re: Hi <Jo>", "<b>Hi &lt;Jo&gt;</b>")


def test_tags_are_empty_without_a_recipient():
    assert text_of("a[name]b[city,x]c[UNSUBSCRIBE]d", None) == "abxc#d"


@pytest.mark.parametrize(
    "value", ["{{ 7*7 }}", "{% for i in (1..9) %}x{% endfor %}", "[email]", "[IF", "{% raw %}", "\ufdd00\ufdd1"]
)
def test_contact_data_is_never_read_as_template(value):
    assert text_of("[name] {{ contact.name }}", person(name=value)) == f"{value} {value}"


@pytest.mark.parametrize(
    "reference",
    [
        "&#xFDD0;{}&#xfdd1;",
        "&#64976;{}&#64977;",
        "&#x00fdd0;{}&#0064977",
        "&#xFD&#xFDD0;D0;{}&#xFDD1;",
        "&#Xfdd0;{}&#xFDEF;",
    ],
)
def test_no_text_becomes_a_tag_by_how_its_characters_are_written(reference):
    written = reference.format("0")
    mail = merged(compiled(html=f'<p>[name] {written}</p><a href="https://a.example/{written}">x</a>'), JO)
    assert (mail.html.count("Jo"), mail.text.count("Jo")) == (1, 1)
    assert "&#649760;" in html_of("&#649760;", JO)


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_contact_data_is_escaped_in_html(value):
    out = html_of('<p title="[name]">{{ contact.name }}</p>', person(name=value))
    assert out.count("<") == 2
    assert out.count('"') == 2
    expected = f'<p title="{html.escape(value)}">{html.escape(value)}</p>'
    assert "\n".join(html.unescape(out).splitlines()) == "\n".join(html.unescape(expected).splitlines())


def test_author_html_in_a_fallback_is_not_escaped_twice():
    assert html_of("<p>[city,Caf&eacute; &amp; co]</p>", JO) == "<p>Café &amp; co</p>"


def test_styles_and_scripts_are_left_alone():
    source = "<script>a[name]{{</script><p>[name]</p>"
    assert html_of(source, JO) == "<script>a[name]{{</script><p>Jo</p>"


def test_conditional_comments_of_outlook_stay():
    source = "<!--[if mso]><p>[name]</p><![endif]--><!--[IF mso]>x<![ENDIF]--><![if !mso]><b>y</b><![endif]>"
    assert html_of(source, JO) == source.replace("[name]", "Jo")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("{{ contact.name | upcase }}", "JO"),
        ("{{ contact.city | default: 'there' }}", "there"),
        ("{% if contact.age == '41' %}yes{% else %}no{% endif %}", "yes"),
        ("{% unless contact.city %}{% endunless %}{% assign a = contact.name | append: '!' %}{{ a }}", "Jo!"),
        ("{% case contact.name %}\n{% when 'Jo' %}J{% when 'X' %}x{% endcase %}", "J"),
        ("{% capture b %}[name]-{% endcapture %}{{ b }}{{ b }}", "Jo-Jo-"),
        ("{% comment %}[name]{% endcomment %}-", "-"),
        ("{{ sender.name }}/{{ list.name }}/{{ company.name }}/{{ company.city }}", "Ann/Readers/ACME/Springfield"),
        ("{{ contact.nothing_here }}", None),
    ],
)
def test_liquid_of_the_author(written, expected):
    if expected is None:
        with pytest.raises(Invalid):
            text_of(written, JO)
    else:
        assert text_of(f"-{written}-", JO) == f"-{expected}-"


@pytest.mark.parametrize(
    "written",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ x|attr('format') }}",
        "{{ env('AWS_SECRET_ACCESS_KEY') }}",
        "{% include '/etc/passwd' %}",
        "{% render 'x' %}",
        "{{ self }}",
        "{{ contact.__dict__ }}",
        "{{ contact['__class__'] }}",
        "{{ contact }}",
        "{{ contact[contact.name] }}",
        "{{ _pr[0] }}",
        "{% assign _pr = 'x' %}",
        "{{ contact.name | safe }}",
        "{{ 'PHNjcmlwdD4=' | base64_decode }}",
        "{{ 'now' | date: '%Y' }}",
        "{{ 'a' * 10**9 }}",
        "{% for i in (1..1000000000) %}{% for j in (1..1000000000) %}x{% endfor %}{% endfor %}",
        "{% tablerow i in (1..1000000000) %}x{% endtablerow %}",
        "{% raw %}{{ _pr[0] }}{% endraw %}",
        "{% liquid echo 'x' %}",
        "{{",
        "{% if",
        "{% if contact.name %}never closed",
        "{% endif %}",
        '[IF `name` = "x"] never closed',
        "[ENDIF]",
        "[ELSE]",
        "{{ contact.name" + " | upcase" * 10_000 + " }}",
        "{{ 'a' | append: 'b' }}" * 3001,
        "{{ contact.name | upcase | upcase }}" * 300,
        "[email]" * 3001,
        "{% if contact.name %}" * 200 + "{% endif %}" * 200,
        "{{ contact.name &#125;&#125;{{ self }}",
        "{{ contact.name }}{{ contact.name &#125;&#125; }}",
    ],
)
@pytest.mark.parametrize("part", ["subject", "html", "text"])
def test_unsafe_and_unbounded_templates_are_refused_when_saved(written, part):
    started = time.process_time()
    with pytest.raises(Invalid) as refused:
        compiled(vocabulary=Vocabulary(), **{part: f"a {written} b"})
    assert refused.value.field == ("content", part)
    assert time.process_time() - started < 2


@pytest.mark.parametrize(
    "written",
    [
        "{% assign a = 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa' %}" + "{% assign a = a | append: a %}" * 60 + "{{ a }}",
        "{% assign a = 'aaaaaaaaaaaaaaaa' %}" + "{% assign a = a | replace: 'a', a %}" * 20 + "{{ a }}",
        "{% assign a = 99999999 %}" + "{% assign a = a | times: a %}" * 60 + "{{ a }}",
        "{{ (1..1000000000) | size }}",
        "{{ contact.name | divided_by: 0 }}",
    ],
)
def test_growth_is_stopped_while_rendering(written):
    started = time.process_time()
    with pytest.raises(Invalid):
        text_of(written, JO)
    assert time.process_time() - started < 1
    tracemalloc.start()
    try:
        with pytest.raises(Invalid):
            text_of(written, JO)
        assert tracemalloc.get_traced_memory()[1] < 64 * 1024**2
    finally:
        tracemalloc.stop()


LINKS = "".join(f'<a href="https://a.example/{number:04}">x</a>' for number in range(1001))


@pytest.mark.parametrize(
    ("html", "message"),
    [
        ("<p>\r\n[email]\r\n{{ contact.name", "Unclosed `{{`: expected `}}`. (line 3, column 1)"),
        ("<style>\na {}\n</style>\n {% if x", "Unclosed `{%`: expected `%}`. (line 4, column 2)"),
        ("a\n{% cycle x %}", "Unknown template tag `{% cycle x %}`. (line 2, column 1)"),
        ("<p>[email]\n {{ contact.nme }}", "Unknown template variable 'contact.nme'. (line 2, column 2)"),
        ("[email] {{ contact.name | foo }}", "Unknown template filter 'foo'. (line 1, column 9)"),
        (
            '<a href="https://a.example/{{ contact.nme }}">',
            "Unknown template variable 'contact.nme'. (line 1, column 28)",
        ),
        ("a\nb[ENDIF]", "`[ENDIF]` has no `[IF …]` before it. (line 2, column 2)"),
        ("a [ELSE] b", "`[ELSE]` has no `[IF …]` before it. (line 1, column 3)"),
        ("[IF ] a", '`[IF]` has no condition: expected one as in `[IF city = "Paris"]`. (line 1, column 1)'),
        (
            '[IF `city`="x"]a[ENDIF]\n [IF `city`="y"]<p>',
            "`[IF …]` is not closed: expected `[ENDIF]`. (line 2, column 2)",
        ),
        (
            "[email]\n{{ contact.name }}\n{{ contact.name | }}",
            "Invalid template syntax: expected word, found end of expression. (line 3, column 1)",
        ),
        (
            "\n{% if contact.name %}{% elsif contact. %}{% endif %}",
            "Invalid template syntax: expected an identifier, found end of expression. (line 2, column 22)",
        ),
        (
            '<p>\n [IF `age` = "x"]a[ENDIF]',
            "'x' is not a whole number of 64 bits, which age needs. (line 2, column 14)",
        ),
        (
            "<p>\n [IF `age`\n= nonsense]a[ENDIF]",
            "Unexpected 'nonsense'; expected a constant in double quotes. (line 3, column 3)",
        ),
        (
            "\n[IF `age`&gt;\n nonsense]a[ENDIF]",
            "Unexpected 'nonsense'; expected a constant in double quotes. (line 2, column 1)",
        ),
        ("\n[DATE|9999999999|Y]", "Invalid date tag: the offset exceeds 36500 days. (line 2, column 1)"),
        ("\n" + "[email]" * 3001, "Too many tags and links: at most 3000 are allowed. (line 2, column 21001)"),
        (
            "[email]\n" + LINKS,
            f"Too many links: at most 1000 different ones are allowed. (line 2, column {len(LINKS) - 37})",
        ),
        (
            "[email]<style>p{color:red}</style>\n" + "<div>" * 4000,
            "The HTML has too many nested or unclosed elements. (line 2, column 15001)",
        ),
        (
            "[email]\n<style>" + "p{color:red}" * 20_000 + "</style><p>",
            "Style sheets too large: at most 100000 characters and 10000 rules are allowed. (line 2, column 8)",
        ),
    ],
)
def test_an_error_in_a_content_has_its_place(html, message):
    with pytest.raises(Invalid) as refused:
        compiled(Options(), html=html)
    assert refused.value.message == message
    line, column = refused.value.details["line"], refused.value.details["column"]
    assert message.endswith(f" (line {line}, column {column})")


DOUBLED = "{% assign a = 'xxxxxxxx' %}" + "{% assign a = a | append: a %}" * 13


@pytest.mark.parametrize("part", ["text", "html"])
@pytest.mark.parametrize("repeated", ["{{ a }}", "[name]", "{{ contact.name }}"])
def test_a_short_content_does_not_become_a_huge_mail(part, repeated):
    content = compiled(**{part: DOUBLED + repeated * 2900})
    with pytest.raises(Invalid) as refused:
        raw_message(content, person(name="x" * 60_000))
    assert refused.value.code == "template_limit"


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000,
        "[a" * 50_000,
        "{{" * 50_000,
        "<a " * 40_000,
        '<a "' * 30_000,
        "<!--" * 30_000,
        "<style" * 20_000,
        "https://" * 12_000,
        "[DATE|" * 20_000,
        "<![if" * 20_000,
        "</body " * 15_000,
    ],
)
def test_reading_takes_no_more_than_its_length(text):
    started = time.process_time()
    for part in ("html", "text"):
        try:
            compiled(**{part: text})
        except Invalid:
            continue
    assert time.process_time() - started < 2


@given(st.text(alphabet=st.sampled_from(list("[]{}%<>!-\"'=/ abname,IF|\n&;"))))
def test_any_text_is_merged_or_refused_and_never_a_fault(text):
    for is_html in (True, False):
        try:
            CompiledTemplate(read(text, VOCABULARY, is_html=is_html), is_html=is_html)
            compiled(UNTRACKED, html=text, text=text)
        except Invalid:
            pass


SQL = '`city` = "Paris"'


@dataclass(frozen=True, kw_only=True)
class Reader:
    """A contact as conditions see it."""

    id: int = 7
    email: str = "jo@example.com"
    status: str = "active"
    subscribed_at: datetime = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    last_bounce_type: str = "none"
    bounces_count: int = 0
    groups: frozenset[str] = frozenset({"vip", "eu"})
    interests: frozenset[str] = frozenset()
    attributes: dict[str, str | int] = field(default_factory=dict)


def reader(facts=None, **attributes):
    return Person.of(Reader(attributes=attributes), facts)


@pytest.mark.parametrize(
    ("to", "expected"),
    [(reader(city="Paris"), "P"), (reader(age=30), "old"), (reader(age=29), "vip"), (None, "else")],
)
@pytest.mark.parametrize("part", ["subject", "text", "html"])
def test_conditions_choose(part, to, expected):
    written = '[IF `city` = "Paris"]P[ELSEIF `age` >= "30"]old[ELSEIF TAG IS "vip"]vip[ELSE]else[ENDIF]'
    assert getattr(merged(compiled(**{part: f"-{written}-"}), to), part).rstrip("\n") == f"-{expected}-"


def test_conditions_nest_and_hold_tags():
    written = f"[IF {SQL}][IF MOD(`age`, 2) = 0]even [name,x][ELSE]odd[ENDIF][ENDIF]"
    assert text_of(written, reader(city="Paris", age=4, name="Jo")) == "even Jo"
    assert text_of(written, reader(city="Paris", age=5)) == "odd"
    assert text_of(written, reader(age=4)) == ""


def test_conditions_as_an_editor_writes_them_in_html():
    written = "[IF&nbsp;`age` &gt; &quot;5&quot; AND `city` != &quot;a&amp;b&quot;]yes[ENDIF]"
    assert html_of(f"<p>{written}</p>", reader(age=6)) == "<p>yes</p>"


def test_conditions_on_activities_of_the_contact():
    content = compiled(text="[IF MAILING(5) IS OPENED]yes[ELSE]no[ENDIF]")
    (tree,) = content.conditions
    (fact,) = facts_of(tree)
    assert merged(content, reader({fact: [datetime(2026, 2, 1, tzinfo=UTC)]})).text == "yes"
    assert merged(content, reader()).text == "no"


def test_a_condition_around_a_link_and_inside_a_link():
    source = f"<a href='https://a.example/[IF {SQL}]paris[ELSE]x[ENDIF]'>a</a>[IF {SQL}]b[ENDIF]"
    assert html_of(source, reader(city="Paris")) == '<a href="https://a.example/paris">a</a>b'
    assert len(compiled(html=source).conditions) == 4  # of both parts


@pytest.mark.parametrize(
    "condition", ["nonsense", '`unknown` = "1"', '`age` = "x"', "(" * 100, '`city` = "a" OR ' * 300]
)
def test_a_condition_that_does_not_parse_is_refused(condition):
    with pytest.raises(Invalid) as refused:
        compiled(html=f"[IF {condition}]x[ENDIF]")
    assert refused.value.field == ("content", "html")


def test_without_a_list_conditions_are_not_looked_into():
    content = compiled(vocabulary=Vocabulary(), text="[IF `anything` = 1]a[ELSE]b[ENDIF]")
    assert merged(content, reader()).text == "b"


def test_attributes_that_every_contact_has():
    written = "[id]/[email]/[status]/[registered]/[bounce_type]/[bounce_count]/[tags]"
    assert text_of(written, reader()) == "7/jo@example.com/active/2026-01-02 03:04:05/none/0/eu, vip"


def test_whole_numbers_are_numbers_to_liquid():
    assert text_of("[age]{% if contact.age > 9 %}!{% endif %}{{ contact.age | plus: 1 }}", reader(age=10)) == "10!11"


def test_php_dates():
    moment = datetime(2026, 3, 1, 14, 5, 9, 123456, tzinfo=UTC)
    every_letter = r"d D j l N S w z W F m M n t L o Y y a A g G h H i s u v e I O P T Z U \d\a\y"
    assert php_date(moment, every_letter) == (
        "01 Sun 1 Sunday 7 st 0 59 09 March 03 Mar 3 31 0 2026 2026 26 pm PM 2 14 02 14 05 09 123456 123 "
        "UTC 0 +0000 +00:00 UTC 0 1772373909 day"
    )
    assert php_date(moment, "c | r | B") == "2026-03-01T14:05:09+00:00 | Sun, 01 Mar 2026 14:05:09 +0000 | 628"
