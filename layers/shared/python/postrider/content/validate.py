"""Validate a content before it is saved."""

import re
import unicodedata
from typing import Final

from postrider.content.compile import compile_content
from postrider.content.compiled import Compiled, ContentSource, Options
from postrider.content.error_places import place_in, placed
from postrider.content.headers import header_text
from postrider.content.limits import MAX_HTML_BYTES, MAX_SUBJECT_CHARS, MAX_TEXT_BYTES
from postrider.content.vocabulary import Vocabulary
from postrider.kit.errors import Invalid


def check_content(
    source: ContentSource, *, options: Options | None = None, vocabulary: Vocabulary | None = None
) -> Compiled:
    """Compile a content. Raises Invalid, with `field`, when it is too large, has an unsafe subject or broken tags.

    `vocabulary` is that of the chosen list. Without it, tags that depend on the list are checked when sending starts.
    """
    header_text(source.subject, field=("content", "subject"), max_chars=MAX_SUBJECT_CHARS)
    if source.subject and not any(is_visible(char) for char in source.subject):
        raise Invalid("The subject is blank; write one.", code="subject_blank", field=("content", "subject"))
    for part, text, limit in (("html", source.html, MAX_HTML_BYTES), ("text", source.text, MAX_TEXT_BYTES)):
        if text and len(text.encode(errors="surrogatepass")) > limit:
            raise Invalid(
                f"The {part} part is too large: at most {limit} bytes are allowed.",
                code="content_too_large",
                details={"max_bytes": limit},
                field=("content", part),
            )
        if text and (unsafe := _UNSAFE.search(text)):
            reason = f"The {part} part has a NUL character or a lone surrogate; remove it."
            error = Invalid(reason, code="content_unsafe", field=("content", part))
            raise placed(error, place_in(text, unsafe.start()))
    return compile_content(source, options or Options(), vocabulary or Vocabulary())


def is_visible(char: str) -> bool:
    return unicodedata.category(char)[0] not in "ZC"


_UNSAFE: Final = re.compile("[\0\ud800-\udfff]")
