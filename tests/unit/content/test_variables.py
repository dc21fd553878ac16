"""Variables of Liquid that need a value: those of the recipient, of the data of a mail, and snippets."""

from dataclasses import replace

import pytest

from postrider.content.liquid import parse
from postrider.content.merge_tags import Person
from postrider.content.model import Content
from postrider.content.snippets import insert_values, missing_names, names_of
from postrider.content.source import check_snippet
from postrider.kit.errors import Invalid
from tests.unit.content.samples import html_of, text_of

ADA = Person(
    email="ada@example.com",
    customer={"first_name": "Ada", "Favourite Colour": "teal", "note": "<b>"},
    data={
        "trigger": {"order": {"lines": [{"name": "Pen"}, {"name": "<Ink>"}]}, "total": 12, "none": None, "pair": [1, 2]}
    },
)


@pytest.mark.parametrize(
    ("text", "merged"),
    [
        ("Hi {{ customer.first_name }}", "Hi Ada"),
        ('{{ customer["Favourite Colour"] | upcase }}', "TEAL"),
        ("{{ trigger.order.lines[1].name }}", "<Ink>"),
        ("{{ trigger.total | plus: 1 }}", "13"),
        ("{{ trigger.none }}.", "."),
        ("{{ customer.nickname | default: 'friend' }}", "friend"),
        ("{% if customer.nickname %}a{% else %}b{% endif %}", "b"),
        ("{% if customer.plan == 'pro' %}a{% else %}b{% endif %}", "b"),
        ("{% if trigger.tags contains 'x' %}a{% else %}b{% endif %}", "b"),
        ("{{ trigger.order.lines.size }}", "2"),
        ("{{ contact.name }}.", "."),
        ("{{ content | default: 'no layout' }}", "no layout"),
        ("https://example.com/{{ customer.first_name }}", "https://example.com/Ada"),
    ],
)
def test_values_are_shown_and_a_missing_value_is_false_or_has_its_default(text, merged):
    assert text_of(text, ADA) == merged


LOOPS = [
    ("{% for line in trigger.order.lines %}{{ forloop.index }} {{ line.name }} {% endfor %}", "1 Pen 2 <Ink> "),
    ("{% for line in trigger.order.lines limit: 1 %}{{ line.name | upcase }}{{ line.none }}{% endfor %}", "PEN"),
    (
        "{% for line in trigger.order.lines %}https://example.com/{{ line.name }} {% endfor %}",
        "https://example.com/Pen https://example.com/<Ink> ",
    ),
    ("{% if trigger.tags %}{% for tag in trigger.tags %}{{ tag }}{% endfor %}{% else %}none{% endif %}", "none"),
    ("{% for word in trigger.none %}x{% else %}none{% endfor %}", "none"),
    ("{% for a in trigger.pair %}{% for b in trigger.pair %}{{ a }}{{ b }} {% endfor %}{% endfor %}", "11 12 21 22 "),
]


@pytest.mark.parametrize(("text", "merged"), LOOPS)
def test_a_loop_repeats_for_each_element_of_a_list_of_the_data(text, merged):
    assert text_of(text, ADA) == merged


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{% for tag in trigger.tags %}x{% endfor %}", "`trigger.tags`, which has no value"),
        ("{% for line in trigger.order.lines %}{{ other.name }}{% endfor %}", "Unknown template variable 'other.name'"),
        ("{% for line in trigger.order.lines %}{% endfor %}{{ line.name }}", "Unknown template variable 'line.name'"),
        ("{% for n in (1..9) %}x{% endfor %}", "not for a range"),
        ("{% for line in trigger.order.lines %}", "expected tag endfor"),
        ("{% for a in trigger.long %}{% for b in trigger.long %}x{% endfor %}{% endfor %}", "run too often"),
        ("{% for a in trigger.long %}" + "{{ trigger.none }}" * 150 + "{% endfor %}", "run too often"),
        ("{% for a in trigger.long %}" + "{{ a | plus: 1 }}" * 60 + "{% endfor %}", "run too often"),
    ],
)
def test_loops_that_have_no_list_or_run_too_often_are_refused(text, reason):
    ada = replace(ADA, data={"trigger": {**ADA.data["trigger"], "long": list(range(100))}})
    with pytest.raises(Invalid) as refused:
        text_of(text, ada)
    assert reason in refused.value.message


def test_data_is_escaped_in_html():
    html = "<p>{{ trigger.order.lines[1].name }} {{ customer.note }}</p>"
    assert "&lt;Ink&gt; &lt;b&gt;" in html_of(html, ADA)


@pytest.mark.parametrize(
    ("text", "variable"),
    [
        ("{{ customer.nickname }}", "customer.nickname"),
        ("{{ customer.nickname | upcase }}", "customer.nickname"),
        ("{{ trigger.order.id | plus: 1 }}", "trigger.order.id"),
        ("{{ event.name }}", "event.name"),
        ("{{ message_data.a }}", "message_data.a"),
        ("{{ snippets.footer }}", "snippets.footer"),
        ("{{ content }}", "content"),
        ("https://example.com/?q={{ customer.nickname }}", "customer.nickname"),
    ],
)
def test_a_mail_that_shows_a_missing_value_is_not_written(text, variable):
    with pytest.raises(Invalid) as refused:
        text_of(text, ADA)
    assert (refused.value.code, refused.value.details) == ("value_missing", {"variable": variable})
    assert f"`{variable}`" in refused.value.message


def test_a_content_that_is_shown_without_a_recipient_has_blank_values():
    text = "Hi {{ customer.first_name }}{{ trigger.a.b }}{{ event.c | upcase }}!"
    assert text_of(text, None) == text_of(text, Person(email="a@example.com")) == "Hi !"


@pytest.mark.parametrize(
    "path", ["customer", "trigger", "customer.a.b", "trigger._x", "snippets.a.b", "content.x", "trigger[customer.x]"]
)
def test_other_paths_are_unknown(path):
    with pytest.raises(Invalid, match="Unknown template variable"):
        parse(f"{{{{ {path} }}}}", html=False, names=None)


def test_a_path_is_not_too_deep():
    parse("{{ trigger" + ".a" * 10 + " }}", html=False, names=None)
    with pytest.raises(Invalid):
        parse("{{ trigger" + ".a" * 11 + " }}", html=False, names=None)


CONTENT = Content(
    subject="{{snippets.greeting}}!",
    html='<p>{{ snippets["footer/de"] }} {{ snippets[&quot;a b&quot;] }} {{ snippets.none | default: "" }}</p>',
    text="{{- snippets['footer/de'] -}} {{ customer.x }}",
)


def test_the_snippets_of_a_content_are_found_and_inserted():
    assert names_of(CONTENT) == {"greeting", "footer/de", "a b", "none"}
    after = insert_values(CONTENT, {"greeting": "Hi", "footer/de": "<i>Fuß</i>", "a b": "{{ customer.y }}"})
    assert after.subject == "Hi!"
    assert after.html == '<p><i>Fuß</i> {{ customer.y }} {{ snippets.none | default: "" }}</p>'
    assert after.text == "<i>Fuß</i> {{ customer.x }}"
    assert (missing_names(after), missing_names(CONTENT)) == ([], ["a b", "footer/de", "greeting"])


@pytest.mark.parametrize(
    "text",
    [
        "{{ snippets.a | upcase }}",
        "{% if snippets.a %}x{% endif %}",
        "{{ snippets[trigger.name] }}",
        "{{ 'x' | append: snippets.a }}",
    ],
)
def test_a_snippet_is_only_inserted(text):
    with pytest.raises(Invalid, match="A snippet is inserted as it is"):
        text_of(text, ADA)


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("{{ snippets.other }}", "snippet_nested"),
        ("{% if snippets.other %}a{% endif %}", "snippet_nested"),
        ("[IF `tags` CONTAINS 'x']a[ENDIF]", "snippet_condition"),
        ("{% if customer.x %}", "template_syntax"),
        ("{{ nothing.x }}", "template_variable"),
    ],
)
def test_a_snippet_can_be_merged_alone(value, code):
    with pytest.raises(Invalid) as refused:
        check_snippet(value)
    assert (refused.value.code, refused.value.field) == (code, ("value",))


def test_a_snippet_may_have_all_that_a_content_has():
    check_snippet(
        '<a href="https://example.com/{{ customer.id }}">[SENDER_NAME]</a>{% if trigger.x %}[name,you]{% endif %}'
    )
