"""Control characters and noncharacters, which HTML accepts, in every place of a content."""

import pytest

from postrider.content.compiled import Options
from tests.unit.content.samples import compiled, links, merged, person, raw_message

CONTROLS = [chr(code) for code in (*range(1, 0x20), *range(0x7F, 0xA0))]
NONCHARACTERS = [
    *map(chr, range(0xFDD0, 0xFDF0)),
    *(chr(plane * 0x10000 + end) for plane in range(17) for end in (0xFFFE, 0xFFFF)),
]
PLACES = (
    "<p>a{}b</p>",
    "{}<p>ab</p>{}",
    '<p title="a{}b">ab</p>',
    "<p title=a{}b>ab</p>",
    "<p a{}b>ab</p>",
    "<p{}>ab</p>",
    '<img alt="a{}b">ab',
    '<a href="https://x.example/{}">ab</a>',
    '<a href="{}https://x.example/">ab</a>',
    '<a href="mailto:{}x@x.example">a{}b</a>',
    '<a href="https://x.example/[name]{}"><img alt="a{}b"></a>ab',
    "<!-- {} -->ab",
    "<pre>a{}b</pre>",
    "<style>p{{color:red}}{}</style><p>ab</p>",
    '<style>p{{color:red}}</style><p style="color:{}blue">ab</p>',
    '<style>.x{}y{{color:red}}</style><p class="x{}y">ab</p>',
    "<title>{}</title><textarea>{}</textarea>ab",
)


@pytest.mark.parametrize("form", ["{}", "&#{};", "&#x{:x};"])
@pytest.mark.parametrize("place", PLACES)
def test_html_with_any_character_is_sent(place, form):
    for char in CONTROLS + NONCHARACTERS:
        written = form.format(char if form == "{}" else ord(char))
        content = compiled(
            Options(inject_unsubscribe_link=True),
            html=place.replace("{}", written).replace("{{", "{").replace("}}", "}"),
        )
        mail = merged(content, person(name="Jo"), links=links())
        assert "a" in mail.text
        assert "b" in mail.text
        raw_message(content, person(name="Jo"))


def test_text_and_data_with_any_character_are_sent():
    for char in CONTROLS + NONCHARACTERS:
        text = f"a{char}b https://x.example/{char} [name]"
        content = compiled(Options(), html="<p>[name]</p>", text=text, subject=f"a{'' if char in CONTROLS else char}b")
        raw_message(content, person(name=f"J{char}o"))


def test_control_characters_separate_words_in_the_text_part():
    assert merged(compiled(html="<p>one\vtwo&#11;three\x0cfour</p>"), None).text.split() == [
        "one",
        "two",
        "three",
        "four",
    ]
