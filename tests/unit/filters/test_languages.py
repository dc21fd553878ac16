"""Semantics of the filter languages, by the reference and by the additions of this project; the three agree."""

from contextlib import suppress
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from postrider.filters import (
    Activity,
    And,
    Comparison,
    InterestCondition,
    Kind,
    Modulo,
    Not,
    Op,
    Or,
    Pattern,
    RelativeMoment,
    TagCondition,
    Tree,
    attributes_of,
    campaigns_of,
    chosen,
    facts_of,
    links_of,
    parse,
    parse_fiql,
    parse_json,
    parse_query,
)
from postrider.kit.errors import Invalid
from tests.unit.filters.rendering import to_fiql, to_json, to_query
from tests.unit.filters.samples import SCHEMA, trees

AGE = Comparison("age", Op.GTE, 18)
VIP = TagCondition("VIP")
OPENED = Activity(kind=Kind.OPENED, campaign_id=12)


@given(trees)
@example(Comparison("city", Op.EQ, " a "))
@example(Comparison("city", Op.GT, "50"))
@example(Comparison("city", Op.EQ, "-1.5"))
@example(Comparison("note", Op.LIKE, Pattern(("50%*", "\\", "\"'`"))))
@example(Not(And((Comparison("city", Op.EQ, ""), Not(OPENED)))))
def test_the_three_languages_say_the_same(tree: Tree) -> None:
    assert parse_query(to_query(tree), SCHEMA) == tree
    assert parse_fiql(to_fiql(tree), SCHEMA) == tree
    assert parse_json(to_json(tree), SCHEMA) == tree


SAME = [
    ('`email` = "A@b.co"', "email==A@b.co", {"eq": {"email": "A@b.co"}}, Comparison("email", Op.EQ, "a@b.co")),
    (
        '`born` > "2000-01-01"',
        "born=gt=2000-01-01",
        {"gt": {"born": "2000-01-01"}},
        Comparison("born", Op.GT, date(2000, 1, 1)),
    ),
    ('`age` >= "18"', "age=gte=18", {"gte": {"age": 18}}, AGE),
    ("age >= 18", "age=ge=18", {"gte": {"age": "18"}}, AGE),
    ("`age` < 18", "age=lt=18", {"lt": {"age": 18}}, Comparison("age", Op.LT, 18)),
    ("(`age` <= 18)", "(age=lte=18)", {"lte": {"age": 18}}, Comparison("age", Op.LTE, 18)),
    ('`city` != "Laval"', "city!=Laval", {"neq": {"city": "Laval"}}, Not(Comparison("city", Op.EQ, "laval"))),
    ('city <> "Laval"', "city=neq=Laval", {"not": {"eq": {"city": "Laval"}}}, Not(Comparison("city", Op.EQ, "laval"))),
    ('`city` LIKE "La%"', "city=like=La*", {"like": {"city": "La*"}}, Comparison("city", Op.LIKE, Pattern(("la", "")))),
    (
        '`city` NOT LIKE "%a%"',
        "city=unlike=*a*",
        {"unlike": {"city": "*a*"}},
        Not(Comparison("city", Op.LIKE, Pattern(("", "a", "")))),
    ),
    ("MAILING(12) IS SENT", "mailing=sent=12", {"sent": {"mailing": 12}}, Activity(kind=Kind.SENT, campaign_id=12)),
    ("mailing(12) is opened", "mailing=open=12", {"open": {"mailing": 12}}, OPENED),
    ("MAILING(12) IS NOT OPENED", "mailing=notopen=12", {"notopen": {"mailing": 12}}, Not(OPENED)),
    (
        "MAILING(12) IS CLICKED",
        "mailing=clicked=12",
        {"clicked": {"mailing": 12}},
        Activity(kind=Kind.CLICKED, campaign_id=12),
    ),
    ("LINK(5) IS CLICKED", "link=clicked=5", {"clicked": {"link": 5}}, Activity(kind=Kind.CLICKED, link_id=5)),
    (
        "LINK(5) IS NOT CLICKED",
        "link=notclicked=5",
        {"notclicked": {"link": 5}},
        Not(Activity(kind=Kind.CLICKED, link_id=5)),
    ),
    ('TAG IS "VIP"', "tag==VIP", {"eq": {"tag": "VIP"}}, VIP),
    ('TAG IS NOT "VIP"', "tag!=VIP", {"neq": {"tag": "VIP"}}, Not(VIP)),
    ('`_tags` = "VIP"', "tags==VIP", {"eq": {"_tags": "VIP"}}, VIP),
    ('tag = "VIP"', "tags==VIP", {"eq": {"tags": "VIP"}}, VIP),
    ('TAG != "VIP"', "_tags!=VIP", {"neq": {"_tags": "VIP"}}, Not(VIP)),
    ('Interest <> "sport"', "interests!=sport", {"neq": {"interest": "sport"}}, Not(InterestCondition("sport"))),
    ('INTEREST IS "sport"', "interest==sport", {"eq": {"interests": "sport"}}, InterestCondition("sport")),
    ("MOD(`id`, 10) = 3", "mod(id,10)==3", {"mod": {"field": "id", "by": 10, "eq": 3}}, Modulo("id", 10, Op.EQ, 3)),
    (
        'MAILING(12) IS OPENED SINCE "-7 days" UNTIL "2026-03-01"',
        'mailing=open=12 since "-7 days" until "2026-03-01"',
        {"open": {"mailing": 12, "since": "-7 days", "until": "2026-03-01"}},
        Activity(
            kind=Kind.OPENED,
            campaign_id=12,
            since=RelativeMoment("now", -7, "days"),
            until=date(2026, 3, 1),
        ),
    ),
    (
        '`age` >= 18 AND TAG IS "VIP" OR MAILING(12) IS OPENED',
        "age=gte=18;tag==VIP,mailing=open=12",
        {"or": [{"and": [{"gte": {"age": 18}}, {"eq": {"tag": "VIP"}}]}, {"open": {"mailing": 12}}]},
        Or((And((AGE, VIP)), OPENED)),
    ),
    (
        '(`age` >= 18 AND (TAG IS "VIP" or MAILING(12) IS OPENED))',
        "age=gte=18;(tag==VIP,mailing=open=12)",
        {"and": [{"gte": {"age": 18}}, {"or": [{"eq": {"tag": "VIP"}}, {"open": {"mailing": 12}}]}]},
        And((AGE, Or((VIP, OPENED)))),
    ),
    (
        'NOT (`age` >= 18 AND TAG IS "VIP")',
        "!(age=gte=18;tag==VIP)",
        {"not": {"and": [{"gte": {"age": 18}}, {"eq": {"tag": "VIP"}}]}},
        Not(And((AGE, VIP))),
    ),
]


@pytest.mark.parametrize(("query", "fiql", "json", "tree"), SAME, ids=[row[0] for row in SAME])
def test_the_reference_table(query: str, fiql: str, json: dict[str, Any], tree: Tree) -> None:
    assert parse_query(query, SCHEMA) == tree
    assert parse_fiql(fiql, SCHEMA) == tree
    assert parse_json(json, SCHEMA) == tree


@pytest.mark.parametrize(
    ("name", "field"),
    [("subscribed_on", "registered"), ("last_bounce_type", "bounce_type"), ("bounces_count", "bounce_count")],
)
def test_names_in_answers_are_fields_too(name: str, field: str) -> None:
    number = 1_700_000_000
    assert parse_query(f'`{name}` > "{number}"', SCHEMA) == parse_query(f'`{field}` > "{number}"', SCHEMA)


def test_an_attribute_of_the_list_comes_before_an_alias() -> None:
    schema = {"tag": "text", "subscribed_on": "integer"}
    assert parse_fiql("tag==VIP", schema) == Comparison("tag", Op.EQ, "vip")
    assert parse_fiql("subscribed_on==1", schema) == Comparison("subscribed_on", Op.EQ, 1)
    assert parse_fiql("tags==VIP", schema) == VIP


def test_a_built_in_field_keeps_its_meaning_whatever_the_list_has() -> None:
    assert parse_query("id = 5", {"id": "text"}) == Comparison("id", Op.EQ, 5)


def test_subscribed_is_another_word_for_active() -> None:
    assert parse_fiql("status==Subscribed", {}) == Comparison("status", Op.EQ, "active")


@pytest.mark.parametrize(
    ("given", "pieces"),
    [
        (r'"50\% off%"', ("50% off", "")),
        (r'"C:\dir"', (r"c:\dir",)),
        (r'"a\\%"', ("a\\", "")),
        (r'"\"x\""', ('"x"',)),
        ('"a%%b"', ("a", "b")),
        ('"%"', ("", "")),
        ('"two\nlines"', ("two\nlines",)),
    ],
)
def test_escapes_and_wildcards_of_sql(given: str, pieces: tuple[str, ...]) -> None:
    assert parse_query(f"`city` LIKE {given}", SCHEMA) == Comparison("city", Op.LIKE, Pattern(pieces))


@pytest.mark.parametrize(
    ("given", "pieces"),
    [
        ("50%25*", ("50%", "")),
        ("50% off", ("50% off",)),
        ("a%2Ab", ("a*b",)),
        (r'"a\*b*"', ("a*b", "")),
        ("caf%C3%A9*", ("café", "")),
        ('"; , ( )"', ("; , ( )",)),
        ("O'Brien", ("o'brien",)),
    ],
)
def test_escapes_and_wildcards_of_fiql(given: str, pieces: tuple[str, ...]) -> None:
    assert parse_fiql(f"city=like={given}", SCHEMA) == Comparison("city", Op.LIKE, Pattern(pieces))


def test_json_has_escapes_in_like_only() -> None:
    assert parse_json({"like": {"city": r"\*a*"}}, SCHEMA) == Comparison("city", Op.LIKE, Pattern(("*a", "")))
    assert parse_json({"eq": {"city": r"\*a*"}}, SCHEMA) == Comparison("city", Op.EQ, r"\*a*")


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-31", date(2026, 1, 31)),
        ("2026-01-31 10:00", datetime(2026, 1, 31, 10, tzinfo=UTC)),
        ("2026-01-31T10:00:05.9Z", datetime(2026, 1, 31, 10, 0, 5, tzinfo=UTC)),
        ("2026-01-31 10:00:00+02:00", datetime(2026, 1, 31, 8, tzinfo=UTC)),
        ("1700000000", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
        ("20260131", date(2026, 1, 31)),
        ("now", RelativeMoment("now")),
        ("Today", RelativeMoment("today")),
        ("-30 days", RelativeMoment("now", -30, "days")),
        ("today +1 week", RelativeMoment("today", 1, "weeks")),
        ("now-1year", RelativeMoment("now", -1, "years")),
    ],
)
def test_moments(text: str, moment: object) -> None:
    assert parse_query(f'`registered` > "{text}"', {}) == Comparison("registered", Op.GT, moment)


@pytest.mark.parametrize(
    ("relative", "now", "moment"),
    [
        (
            RelativeMoment("now", -1, "months"),
            datetime(2026, 3, 31, 9, tzinfo=UTC),
            datetime(2026, 2, 28, 9, tzinfo=UTC),
        ),
        (RelativeMoment("today", 1, "years"), datetime(2024, 2, 29, 9, tzinfo=UTC), datetime(2025, 2, 28, tzinfo=UTC)),
        (RelativeMoment("now", -99_999, "years"), datetime(2026, 1, 1, tzinfo=UTC), datetime(1, 1, 1, tzinfo=UTC)),
        (RelativeMoment("now", 99_999, "years"), datetime(2026, 1, 1, tzinfo=UTC), datetime(9999, 12, 1, tzinfo=UTC)),
    ],
)
def test_months_and_years_keep_the_day_if_the_month_has_it(
    relative: RelativeMoment, now: datetime, moment: datetime
) -> None:
    assert relative.at(now) == moment


NOT_SET = [
    ('`{}` = ""', '{}==""', {"eq": {"{}": ""}}, False),
    ('`{}` != ""', '{}!=""', {"neq": {"{}": ""}}, True),
    ('`{}` LIKE ""', '{}=like=""', {"like": {"{}": ""}}, False),
    ('`{}` NOT LIKE " "', '{}=unlike=" "', {"unlike": {"{}": " "}}, True),
]


@pytest.mark.parametrize("field", ["city", "note", "age", "born", "seen"])
@pytest.mark.parametrize(("query", "fiql", "json", "inverse"), NOT_SET, ids=[row[0] for row in NOT_SET])
def test_an_empty_constant_means_not_set(field: str, query: str, fiql: str, json: Any, inverse: bool) -> None:
    not_set = Comparison(field, Op.EQ, "")
    tree = Not(not_set) if inverse else not_set
    [(operator, operand)] = json.items()
    assert parse_query(query.format(field), SCHEMA) == tree
    assert parse_fiql(fiql.format(field), SCHEMA) == tree
    assert parse_json({operator: {field: operand["{}"]}}, SCHEMA) == tree


@pytest.mark.parametrize("text", ["caf\u00e9", "cafe\u0301", "CAFE\u0301"])
def test_constants_are_equal_in_any_unicode_form(text: str) -> None:
    assert parse_query(f'`city` = "{text}"', SCHEMA) == Comparison("city", Op.EQ, "caf\u00e9")
    assert parse_fiql(f"city=like={text}*", SCHEMA) == Comparison("city", Op.LIKE, Pattern(("caf\u00e9", "")))


REFUSED = [
    ("query", "`city` > 50", "bad_constant", {"line": 1, "column": 10}),
    ("query", "`email` <= 5", "bad_constant", {"line": 1, "column": 12}),
    ("fiql", "city=gt=50", "bad_constant", {"line": 1, "column": 9}),
    ("fiql", "note=lte=-1.5", "bad_constant", {"line": 1, "column": 10}),
    ("json", {"gte": {"city": 50}}, "bad_constant", {"path": "$.gte.city"}),
    ("query", '`city` > ""', "bad_constant", {"line": 1, "column": 10}),
    ("query", '`age` <= ""', "bad_constant", {"line": 1, "column": 10}),
    ("query", '`email` = ""', "bad_constant", {"line": 1, "column": 11}),
    ("fiql", 'bounce_type==""', "bad_constant", {"line": 1, "column": 14}),
    ("json", {"neq": {"registered": ""}}, "bad_constant", {"path": "$.neq.registered"}),
    ("query", "", "bad_selection", {"line": 1, "column": 1}),
    ("query", "`city` = ", "bad_selection", {"line": 1, "column": 10}),
    ("query", "`age` = 3 AND\n  `city` ~ 3", "bad_selection", {"line": 2, "column": 10}),
    ("query", '`city` = "unclosed', "bad_selection", {"line": 1, "column": 10}),
    ("query", '`shoe` = "43"', "unknown_field", {"line": 1, "column": 1}),
    ("query", '`age` = 1 AND `shoe` = "43"', "unknown_field", {"line": 1, "column": 15}),
    ("query", '`age` = "old"', "bad_constant", {"line": 1, "column": 9}),
    ("query", '`age` = "9223372036854775808"', "bad_constant", {"line": 1, "column": 9}),
    ("query", '`born` = "2024"', "bad_constant", {"line": 1, "column": 10}),
    ("query", '`age` = "٣"', "bad_constant", {"line": 1, "column": 9}),
    ("query", '`born` = "2001-02-30"', "bad_constant", {"line": 1, "column": 10}),
    ("query", '`registered` > "soon"', "bad_constant", {"line": 1, "column": 16}),
    ("query", "MOD(`id`, 0) = 1", "bad_constant", {"line": 1, "column": 5}),
    ("query", "MOD(`city`, 2) = 1", "bad_constant", {"line": 1, "column": 5}),
    ("query", "LINK(3) IS SENT", "bad_selection", {"line": 1, "column": 6}),
    ("query", "MAILING(0) IS SENT", "bad_constant", {"line": 1, "column": 9}),
    ("query", '`tags` LIKE "V%"', "bad_selection", {"line": 1, "column": 1}),
    ("query", '`city` = "\ud800"', "bad_constant", {"line": 1, "column": 10}),
    ("fiql", "age==1;;age==2", "bad_selection", {"line": 1, "column": 8}),
    ("fiql", "age=is=1", "bad_selection", {"line": 1, "column": 4}),
    ("fiql", "age==", "bad_selection", {"line": 1, "column": 6}),
    ("fiql", "city==%FF", "bad_constant", {"line": 1, "column": 7}),
    ("fiql", "shoe=sent=1", "bad_selection", {"line": 1, "column": 1}),
    ("json", {}, "bad_selection", {"path": "$"}),
    ("json", {"eq": {"age": 1}, "gt": {"age": 1}}, "bad_selection", {"path": "$"}),
    ("json", {"and": [{"eq": {"age": 1}}, {"eq": {"shoe": 1}}]}, "unknown_field", {"path": "$.and[1].eq.shoe"}),
    ("json", {"eq": {"age": 1.5}}, "bad_constant", {"path": "$.eq.age"}),
    ("json", {"eq": {"age": None}}, "bad_constant", {"path": "$.eq.age"}),
    ("json", {"eq": {"age": True}}, "bad_constant", {"path": "$.eq.age"}),
    ("json", {"or": []}, "bad_selection", {"path": "$.or"}),
    ("json", {"$where": {"age": 1}}, "bad_selection", {"path": "$"}),
    ("json", "[1]", "bad_selection", {"path": "$"}),
    ("json", '{"eq"', "bad_selection", {"line": 1, "column": 6}),
    ("json", {"mod": {"field": "id", "eq": 1}}, "bad_constant", {"path": "$.mod"}),
    ("json", {"eq": {"age": 2**70}}, "bad_selection", {}),
]


@pytest.mark.parametrize(("language", "expression", "code", "details"), REFUSED, ids=[str(row[1]) for row in REFUSED])
def test_a_refusal_says_where_and_why(language: str, expression: Any, code: str, details: dict[str, Any]) -> None:
    with pytest.raises(Invalid) as refused:
        parse(language, expression, SCHEMA, field=language)
    assert (refused.value.code, refused.value.details) == (code, details)
    assert refused.value.field == (language,)
    assert refused.value.message.endswith(")") or not details


def test_a_number_in_quotes_is_compared_as_text() -> None:
    tree = Comparison("city", Op.GT, "50")
    assert parse_query('`city` > "50"', SCHEMA) == parse_fiql('city=gt="50"', SCHEMA) == tree
    assert parse_json({"gt": {"city": "50"}}, SCHEMA) == tree
    assert parse_query("`city` = 50", SCHEMA) == parse_fiql("city==50", SCHEMA) == Comparison("city", Op.EQ, "50")


@given(st.text(max_size=40) | trees.map(to_query) | trees.map(to_fiql), st.integers(0, 200), st.integers(0, 3))
def test_any_text_is_a_selection_or_invalid(text: str, at: int, cut: int) -> None:
    """Also a right one with something missing."""
    damaged = text[: at % (len(text) + 1)] + text[at % (len(text) + 1) + cut :]
    for language in ("query", "fiql", "json"):
        with suppress(Invalid):
            parse(language, damaged, SCHEMA)


def test_expressions_in_two_languages_are_refused() -> None:
    assert chosen() is None
    assert chosen(fiql="a==b") == ("fiql", "a==b")
    with pytest.raises(Invalid) as refused:
        chosen(query="a", json="{}")
    assert refused.value.field == ("json",)


def test_a_selection_reports_the_facts_to_read() -> None:
    tree = parse_query(
        '(MAILING(3) IS SENT OR NOT MAILING(4) IS OPENED) AND LINK(9) IS NOT CLICKED AND `age` > 1 AND `email` != "x"',
        SCHEMA,
    )
    assert campaigns_of(tree) == {3, 4}
    assert links_of(tree) == {9}
    assert facts_of(tree) == {("sent", 3), ("opened", 4), ("link", 9)}
    assert attributes_of(tree) == {"age"}


def test_a_parsed_selection_is_kept() -> None:
    """Campaigns ask again for every block of contacts, and mails for every recipient."""
    assert parse_query("`age` > 5", SCHEMA) is parse_query("`age` > 5", tuple(sorted(SCHEMA.items())))
