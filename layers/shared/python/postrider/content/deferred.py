"""Import the compiler of contents at its first use: it is a third of all that calls that only read would import."""

from types import ModuleType


def content_source() -> ModuleType:
    """Return the module `content.source`."""
    from postrider.content import source

    return source
