"""Actions as sources of mail for delivery, with many runs, and writers of the mails of a run."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from cachetools import LRUCache

from postrider.delivery.claims import is_by_event
from postrider.delivery.ledger import Ledger
from postrider.delivery.model import LedgerRow, Outcome, Run, RunKey
from postrider.delivery.sources import DELIVERING, SourceState
from postrider.journeys import rules
from postrider.journeys.audience import JourneyRecipient
from postrider.journeys.followers import NextActionGroups
from postrider.kit.clock import Clock, from_unix
from postrider.kit.errors import NotFound
from postrider.mail_events.source import MailSource, SourceKind
from postrider.mails.rendering import MailRenderer, PreparedMail
from postrider.ports.mailer import OutgoingMail
from postrider.tracking.links import LinkTable
from postrider.workflows.model import Action, Workflow, WorkflowStatus
from postrider.workflows.service import WorkflowService

MAILINGS_KEPT = 8
KEPT_FOR = timedelta(minutes=1)
"""Time for which a mailing is cached: later runs use changes of the sender or the account."""


@dataclass(frozen=True, kw_only=True)
class ActionState:
    """The state of an action as a source: it delivers runs of the current activation while its workflow is active."""

    action: Action
    workflow: Workflow
    source: MailSource
    suspended: bool = False
    run_id: str | None = None
    audience_id: str | None = None
    scheduled_for: datetime | None = None

    @property
    def account_id(self) -> str:
        return self.action.account_id

    @property
    def status(self) -> str:
        return DELIVERING if self.workflow.is_active else WorkflowStatus.INACTIVE

    @property
    def list_id(self) -> int | None:
        return self.workflow.list_id

    @property
    def segment_id(self) -> int | None:
        return self.workflow.segment_id

    @property
    def revision(self) -> int:
        return self.action.revision

    def delivers(self, run_id: str) -> bool:
        return self.workflow.is_active and rules.activation_of(run_id) == self.workflow.activation


class ActionMailSources:
    def __init__(
        self,
        workflows: WorkflowService,
        followers: NextActionGroups,
        ledger: Ledger,
        is_unknown: Callable[[Run], bool] = lambda run: False,
    ) -> None:
        """Initialize the service; `is_unknown` returns whether another deployment may have sent the mails of a run."""
        self._workflows, self._followers, self._ledger = workflows, followers, ledger
        self._is_unknown = is_unknown

    def get(self, account_id: str, source: MailSource) -> ActionState:
        """Return the state of an action. Raises NotFound."""
        action = self._workflows.action_by_id(account_id, source.id)
        workflow = self._workflows.get(account_id, action.workflow_id)
        return ActionState(action=action, workflow=workflow, source=source)

    def start(self, state: SourceState, *, run_id: str) -> ActionState | None:
        """Return None: groups of contacts begin the runs of an action."""
        return None

    def pause(self, account_id: str, source: MailSource, *, reason: str) -> bool:
        """Return False: a workflow cannot be paused, so that its runs are retried later."""
        return False

    def finish(self, account_id: str, source: MailSource, *, run_id: str) -> None:
        """Do nothing: an action continues with its next runs."""

    def continue_after_block(self, key: RunKey, block: int) -> None:
        """Add the recipients of a block to the groups of the next actions, and delete their former groups.

        A mail that another deployment may have sent counts as sent at its due moment.
        """
        run = self._ledger.run(key)
        if run is None:
            return
        is_current = self._is_current(key)
        rows = self._ledger.rows_of_block(key.account_id, key.source, block) if is_current else iter(())
        moments = {}
        is_unknown = self._is_unknown(run)
        for row in rows:
            if is_unknown and _may_have_got_mail(row, key):
                moments[row.contact_id] = row.sent_at or from_unix(run.audience[rules.DUE_AT])
            elif row.sent_at is not None and _has_got_mail(row, key) and not is_by_event(row.claim):
                moments[row.contact_id] = row.sent_at
        self._followers.replace_groups(run, block, moments)

    def continue_after_proof(self, run: Run, rows: Sequence[LedgerRow]) -> None:
        """Add recipients whose mail was proved as sent to the groups of the next actions."""
        if self._is_current(run.key):
            for row in rows:
                if row.sent_at is not None and _has_got_mail(row, run.key):
                    self._followers.add_late(run, row.contact_id, row.sent_at)

    def unfinished(self) -> Iterator[tuple[str, MailSource]]:
        """Yield nothing: clocks and open runs have the remaining work."""
        return iter(())

    def _is_current(self, key: RunKey) -> bool:
        try:
            return self.get(key.account_id, key.source).delivers(key.run_id)
        except NotFound:
            return False


def _has_got_mail(row: LedgerRow, key: RunKey) -> bool:
    return row.run_id == key.run_id and row.outcome == Outcome.SENT


def _may_have_got_mail(row: LedgerRow, key: RunKey) -> bool:
    return row.run_id == key.run_id and row.outcome in (Outcome.SENT, Outcome.UNKNOWN)


class ActionWriter:
    """Write the mails of one run."""

    def __init__(self, mails: MailRenderer, mailing: PreparedMail) -> None:
        self._mails, self._mailing = mails, mailing

    def variant_of(self, contact_id: int, recipient: JourneyRecipient | None) -> int:
        """Return 0: the content of an action has no variants."""
        return 0

    def write(self, recipient: JourneyRecipient, *, reference: str, variant: int) -> OutgoingMail:
        """Return the mail to a recipient. Raises Invalid if it cannot be written for this recipient."""
        message = self._mails.message(self._mailing, recipient.contact, reference=reference)
        sender = self._mailing.sending.frame.sender_email
        return OutgoingMail(to=recipient.contact.email, sender=sender, message=message)


class ActionComposer:
    def __init__(self, workflows: WorkflowService, mails: MailRenderer, links: LinkTable, now: Clock) -> None:
        self._workflows, self._mails, self._links, self._now = workflows, mails, links, now
        self._kept: LRUCache[tuple[str, int, int, int], tuple[datetime, PreparedMail]] = LRUCache(MAILINGS_KEPT)

    def writer(self, run: Run) -> ActionWriter:
        """Return the writer of a run. Raises Invalid if its content cannot be sent."""
        mailing = self._mailing(run)
        return ActionWriter(self._mails, replace(mailing, settings=replace(mailing.settings, source=run.source)))

    def _mailing(self, run: Run) -> PreparedMail:
        """Return the prepared mail of an action, which is cached for later runs; its links are stored."""
        key = (run.account_id, run.source.id, run.revision, rules.activation_of(run.run_id))
        kept = self._kept.get(key)
        if kept is not None and self._now() - kept[0] <= KEPT_FOR:
            return kept[1]
        action = self._workflows.action_by_id(run.account_id, run.source.id)
        content = self._workflows.content(action, run.list_id, run.revision)
        workflow = self._workflows.get(run.account_id, action.workflow_id)
        settings = replace(action.mail(run.list_id), snippets_as_of=workflow.activated_at)
        mailing = self._mails.prepare(settings, content)
        targets = {link.id: link.target for link in mailing.compiled.links}
        self._links.save(run.account_id, action.source, targets)
        self._kept[key] = self._now(), mailing
        return mailing


def is_action(source: MailSource | None) -> bool:
    """Return whether the source is an action."""
    return source is not None and source.kind == SourceKind.WORKFLOW_ACTION
