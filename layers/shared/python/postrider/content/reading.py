"""Read a content once: replace its merge tags and its Liquid by markers."""

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from postrider.content import liquid, snippets
from postrider.content.conditions import parse_condition
from postrider.content.document import NONCHARACTERS, ControlTag, Document, LiquidTag, Part, UnknownTag, tag_name
from postrider.content.error_places import place_in, place_within, placed
from postrider.content.merge_tags import BUILT_IN_FIELDS, FIXED_TAGS, DateTag, FieldTag, MergeCondition
from postrider.content.vocabulary import Vocabulary
from postrider.kit.errors import Invalid

MAX_TAG_CHARS: Final = 2000
MAX_URL_LOOK: Final = 500
"""Characters before a tag that may begin the query of its URL."""
MAX_DATE_OFFSET: Final = timedelta(days=36500)

_NONCHARACTER_REFERENCE: Final = re.compile(
    r"&#(?:0*(?:6497[6-9]|649[89][0-9]|6500[0-7])(?![0-9])|x0*fd[de][0-9a-f](?![0-9a-f]));?", re.IGNORECASE
)
"""Noncharacters as HTML references, which a parser would decode later."""
_SPECIAL: Final = re.compile(
    rf"\[(?P<tag>[^\[\]]{{1,{MAX_TAG_CHARS}}})\]"
    r"|(?P<liquid>\{\{|\{%)"
    r"|(?P<revealed><!\[(?:if|endif)[^\[\]<>]{0,200}\]>)",
    re.IGNORECASE,
)
_SECTION: Final = re.compile(r"<(?P<raw>style|script)\b|(?P<comment><!--(?!\[if|-?>))", re.IGNORECASE)
"""The end of an ordinary section. Conditional comments are ordinary, because Outlook shows their content."""
_SECTION_END: Final = {name: re.compile(f"</{name}", re.IGNORECASE) for name in ("style", "script")}
_COMMENT_END: Final = re.compile("--!?>")
_KEY_OF_QUERY: Final = re.compile(r"[?&;][^\s=&;?\"'<>]*[\w\]]$")
_AFTER_KEY: Final = re.compile(r"=|\[|%5[Bb]")
_FIELD: Final = re.compile(r"([A-Za-z0-9_-]+)\s*(?:,(.*))?", re.DOTALL)
_DATE: Final = re.compile(r"DATE\|\s*([+-]?[0-9]{1,10})\s*\|(.{1,200})", re.DOTALL)
_CONTROL: Final = re.compile(r"(IF|ELSEIF)\b\s*(\S.*)|ELSE|ENDIF", re.DOTALL)


def read(source: str, vocabulary: Vocabulary, *, is_html: bool) -> Document:
    """Replace the tags of an author's text by markers. Raises Invalid for broken tags and unsupported Liquid."""
    source = NONCHARACTERS.sub("", source).replace("\r\n", "\n").replace("\r", "\n")
    if is_html:
        source = _NONCHARACTER_REFERENCE.sub("\ufffd", source)
    return _Reader(source, vocabulary, is_html=is_html).document()


class _Reader:
    def __init__(self, source: str, vocabulary: Vocabulary, *, is_html: bool) -> None:
        self._source, self._is_html = source, is_html
        self._document = Document(vocabulary)
        self._filters = 0
        self._open: list[int] = []
        """Places of the [IF] tags without an [ENDIF] so far."""

    def document(self) -> Document:
        text = "".join(self._sections()) if self._is_html else self._read(0, len(self._source))
        self._document.text = self._document.as_read = text
        if self._open:
            unclosed = Invalid("`[IF …]` is not closed: expected `[ENDIF]`.", code="template_syntax")
            raise placed(unclosed, place_in(self._source, self._open[-1]))
        return self._document

    def _sections(self) -> Iterator[str]:
        """Yield the HTML as it is read: style and script elements as they are, and from comments only control tags."""
        source, at = self._source, 0
        last_end = max(source.rfind("-->"), source.rfind("--!>"))
        while opening := _SECTION.search(source, at):
            yield self._read(at, opening.start())
            if opening["comment"]:
                closing = _COMMENT_END.search(source, opening.end()) if opening.end() <= last_end else None
                at = closing.end() if closing else opening.end()
                yield self._read(opening.start(), at, in_comment=True)
            else:
                closing = _SECTION_END[opening["raw"].lower()].search(source, opening.end())
                at = closing.start() if closing else len(source)
                yield source[opening.start() : at]
        yield self._read(at, len(source))

    def _read(self, at: int, end: int, *, in_comment: bool = False) -> str:
        source, out = self._source, []
        while match := _SPECIAL.search(source, at, end):
            out.append(source[at : match.start()])
            at = match.end()
            try:
                part: Part | None = None
                if match["liquid"]:
                    part, at = self._author_liquid(match.start(), end, in_comment=in_comment)
                elif match["tag"] and not source.endswith(("<!", "<!--"), 0, match.start()):
                    # not a conditional comment of Outlook in capitals
                    part = self._part(match, in_comment=in_comment)
                raw = source[match.start() : at]
                out.append(raw if part is None else self._document.mark(part, raw))
            except Invalid as exc:
                raise placed(exc, place_within(source, match.start(), str(exc.details.pop("text", "")), exc)) from exc
        out.append(source[at:end])
        return "".join(out)

    def _part(self, match: re.Match[str], *, in_comment: bool) -> Part | None:
        """Return the tag that a text in brackets names, None if it names none. Comments hold only control tags."""
        vocabulary = self._document.vocabulary
        body = self._plain(match["tag"]).strip()
        if control := _CONTROL.fullmatch(body):
            self._check_nesting(control[1] or body, match.start())
            return ControlTag(body) if not control[1] else self._condition(control[1], control[2])
        if body in ("IF", "ELSEIF") and body not in vocabulary.names():
            reason = f'`[{body}]` has no condition: expected one as in `[{body} city = "Paris"]`.'
            raise Invalid(reason, code="template_syntax")
        if in_comment:
            return None
        if body in FIXED_TAGS:
            return FIXED_TAGS[body]
        if dated := _DATE.fullmatch(body):
            offset = timedelta(seconds=int(dated[1]))
            if abs(offset) > MAX_DATE_OFFSET:
                reason = f"Invalid date tag: the offset exceeds {MAX_DATE_OFFSET.days} days."
                raise Invalid(reason, code="template_syntax")
            return DateTag(offset, dated[2])
        named = _FIELD.fullmatch(body)
        if named is None or self._is_key_of_query(match):
            return None
        if named[1] in BUILT_IN_FIELDS or named[1] in vocabulary.names():
            return FieldTag(named[1], named[2] or "")
        if vocabulary.fields is None or (named[2] is None and not self._may_be_tag(match)):
            return None
        self._document.unknown.append(UnknownTag(named[1], place_in(self._source, match.start())))
        return FieldTag(named[1], named[2] or "")

    def _check_nesting(self, keyword: str, place: int) -> None:
        if keyword == "IF":
            self._open.append(place)
        elif not self._open:
            raise Invalid(f"`[{keyword}]` has no `[IF …]` before it.", code="template_syntax")
        elif keyword == "ENDIF":
            self._open.pop()

    def _condition(self, keyword: str, text: str) -> ControlTag:
        try:
            return ControlTag(keyword, MergeCondition(parse_condition(text, self._document.vocabulary)))
        except Invalid as exc:
            raise Invalid(exc.message, code=exc.code, details={**exc.details, "text": text}) from exc

    def _is_key_of_query(self, match: re.Match[str]) -> bool:
        """Return whether the brackets are part of a name in the query of a URL, as in `?filter[id]=5`."""
        source = self._source
        before = source[max(0, match.start() - MAX_URL_LOOK) : match.start()]
        return bool(_AFTER_KEY.match(source, match.end()) and _KEY_OF_QUERY.search(before))

    def _may_be_tag(self, match: re.Match[str]) -> bool:
        """Return whether a name in brackets stands alone: not `[1]`, `list[name]`, `[words](link)` or `[x]`."""
        name, source = match["tag"].strip(), self._source
        before, after = source[max(0, match.start() - 1) : match.start()], source[match.end() : match.end() + 1]
        is_joined = before.isalnum() or before in ("_", "]") or after in ("(", "[", ":")
        return len(name) > 1 and not name.isdigit() and not (is_joined and before + after != "")

    def _plain(self, text: str) -> str:
        """Decode the entities and no-break spaces that an HTML editor may have written into a tag."""
        return (html.unescape(text) if self._is_html else text).replace("\xa0", " ")

    def _author_liquid(self, start: int, limit: int, *, in_comment: bool) -> tuple[LiquidTag | None, int]:
        source = self._source
        opening = source[start : start + 2]
        closing = "}}" if opening == "{{" else "%}"
        end = source.find(closing, start, min(start + MAX_TAG_CHARS, limit))
        if in_comment and (end < 0 or opening == "{{"):
            return None, start + len(opening)
        if end < 0:
            raise Invalid(f"Unclosed `{opening}`: expected `{closing}`.", code="template_syntax")
        end += len(closing)
        fragment = self._plain(source[start:end])
        if (closing == "%}" and tag_name(fragment) not in liquid.TAG_NAMES) or liquid.RESERVED in fragment:
            if in_comment:
                return None, end
            raise Invalid(f"Unknown template tag `{fragment[:80]}`.", code="template_syntax")
        # Entities may hide a second closing brace; Liquid must see exactly the fragment that was read here.
        if fragment.count(closing) != 1 or fragment.count("{{") + fragment.count("{%") != 1:
            reason = f"Ambiguous template tag `{fragment[:80]}`: it has braces inside."
            raise Invalid(reason, code="template_syntax")
        snippets.check_use(fragment)
        self._filters += fragment.count("|")
        if self._filters > liquid.MAX_FILTERS:
            raise Invalid(f"Too many filters: at most {liquid.MAX_FILTERS} are allowed.", code="template_limit")
        return LiquidTag(fragment), end
