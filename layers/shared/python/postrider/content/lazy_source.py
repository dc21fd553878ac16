"""Import the compiler of contents at its first use, because calls that only read do not need this large part."""

from types import ModuleType


def content_source() -> ModuleType:
    """Return the module `content.source`."""
    from postrider.content import source

    return source
