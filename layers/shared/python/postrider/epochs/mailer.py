"""A mailer that sends nothing while the tables are a restored copy."""

from collections.abc import Callable, Collection

from postrider.ports.mailer import Mailer, MailerPaused, OutgoingMail, SendingLimits


class EpochMailer:
    """A mailer that sends through another one while the tables belong to this deployment. All mail passes through it."""

    def __init__(self, mailer: Mailer, can_send: Callable[[], bool]) -> None:
        self._mailer, self._can_send = mailer, can_send

    def send(self, mail: OutgoingMail) -> str:
        """Send a mail. Raises MailerPaused in a copy that was not taken up, and the errors of the mailer."""
        if not self._can_send():
            raise MailerPaused("The tables are a restored copy that was not taken up: see docs/operations.md.")
        return self._mailer.send(mail)

    def limits(self) -> SendingLimits:
        return self._mailer.limits()

    def verified_identities(self) -> Collection[str]:
        return self._mailer.verified_identities()
