"""What saving a content or a sender refuses."""

import re
from typing import Final

from postrider.content.compile import Compiled, Options, Source, compile_content
from postrider.content.mime import header_text
from postrider.content.vocabulary import Vocabulary
from postrider.kit.errors import Forbidden, Invalid

MAX_SUBJECT_CHARS: Final = 500
MAX_HTML_BYTES: Final = 512 * 1024
MAX_TEXT_BYTES: Final = 256 * 1024
MAX_SENDER_NAME_CHARS: Final = 128
_ADDRESS: Final = re.compile(r"[^\s@<>\"(),:;]+@[^\s@<>\"(),:;]+")


def check_content(source: Source, *, options: Options | None = None, vocabulary: Vocabulary | None = None) -> Compiled:
    """Raises Invalid, with `loc`, for a content that could not be sent: too large, unsafe subject, broken tags.

    The vocabulary is the chosen list's; without one, what depends on the list is looked at when sending is asked for.
    """
    header_text(source.subject, loc=("body", "content", "subject"), max_chars=MAX_SUBJECT_CHARS)
    for part, text, limit in (("html", source.html, MAX_HTML_BYTES), ("text", source.text, MAX_TEXT_BYTES)):
        if text and len(text.encode(errors="surrogatepass")) > limit:
            raise Invalid(
                f"The {part} is too large.",
                code="content_too_large",
                details={"max_bytes": limit},
                loc=("body", "content", part),
            )
        if text and ("\0" in text or _SURROGATE.search(text)):
            raise Invalid(
                f"The {part} has characters that are none.", code="content_unsafe", loc=("body", "content", part)
            )
    return compile_content(source, options or Options(), vocabulary or Vocabulary())


_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def check_sender_name(name: str, email: str, *, loc: tuple[str, ...] = ("body", "name")) -> str:
    """The name, if mail from `email` may show it.

    Raises Invalid for what no header can hold, and Forbidden for another's address: readers see only the name.
    """
    header_text(name, loc=loc, max_chars=MAX_SENDER_NAME_CHARS)
    for shown in _ADDRESS.findall(name):
        if shown.lower() != email.lower():
            raise Forbidden("A sender's name cannot show another address.", code="sender_name_address", loc=loc)
    return name
