"""A service that is looked up at its first use, because it needs the service that it is given to."""

from typing import Any


class _Late:
    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        from postrider import bootstrap

        return getattr(getattr(bootstrap, self._name)(), name)


def late(name: str) -> Any:
    """Return a stand-in for the part of this name, typed as anything."""
    return _Late(name)
