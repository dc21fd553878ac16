"""Define the limits of the contents of mails, without importing the modules that write mails."""

from typing import Final

MAX_SUBJECT_CHARS: Final = 500
MAX_HTML_BYTES: Final = 512 * 1024
MAX_TEXT_BYTES: Final = 256 * 1024
