"""A mailer that sends nothing out of a copy."""

from collections.abc import Callable, Collection

from postrider.ports.mailer import Mailer, MailerPaused, OutgoingMail, SendingLimits


class EpochMailer:
    """Send by another mailer while the tables are those of this deployment. All mail of the platform passes through it."""

    def __init__(self, mailer: Mailer, is_ours: Callable[[], bool]) -> None:
        self._mailer, self._is_ours = mailer, is_ours

    def send(self, mail: OutgoingMail) -> str:
        """Send a mail. Raises MailerPaused in a copy that was not taken up, and what the mailer raises."""
        if not self._is_ours():
            raise MailerPaused("The tables are a restored copy that was not taken up: see docs/operations.md.")
        return self._mailer.send(mail)

    def limits(self) -> SendingLimits:
        return self._mailer.limits()

    def verified_identities(self) -> Collection[str]:
        return self._mailer.verified_identities()
