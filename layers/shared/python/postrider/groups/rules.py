"""Rules of groups, pure."""

import re

TAG_NAME = re.compile(r"[A-Za-z0-9.\-+_]{1,64}")
"""The main API's pattern; other APIs allow more."""
