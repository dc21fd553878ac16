"""The port of limits on the number of recipients of a run, for runs whose recipients were not counted at their start."""

from typing import Final, Protocol

from postrider.delivery.model import Run


class RunLimit(Protocol):
    """A limit that is checked before each block of a run is stored."""

    def applies_to(self, run: Run) -> bool:
        """Return whether the recipients of the run have to be counted while its blocks are planned."""
        ...

    def reserve(self, run: Run, recipients: int) -> None:
        """Reserve the mails to the planned recipients of the run; it may be repeated. Raises Invalid if they exceed the limit."""
        ...


class NoLimit:
    """No limit for any run."""

    def applies_to(self, run: Run) -> bool:
        return False

    def reserve(self, run: Run, recipients: int) -> None:
        """Do nothing."""


NO_LIMIT: Final = NoLimit()
