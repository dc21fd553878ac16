"""Dispatch requests of delivery by the kind of the mail source: campaigns, or actions of workflows."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from postrider.delivery.audience import Audience, FrozenAudience, Recipient
from postrider.delivery.mail_sender import Writer, WriterFactory
from postrider.delivery.model import LedgerRow, Run, RunKey
from postrider.delivery.sources import MailSources, SourceState
from postrider.kit.errors import NotFound
from postrider.mail_events.source import MailSource, SourceKind

KIND = "kind"
"""The member of a frozen audience with the kind of the source; campaigns have none."""


class MailSourcesByKind:
    """The sources of all kinds."""

    def __init__(self, parts: Mapping[SourceKind, MailSources]) -> None:
        self._parts = parts

    def get(self, account_id: str, source: MailSource) -> SourceState:
        return self._part(source).get(account_id, source)

    def start(self, state: SourceState, *, run_id: str) -> SourceState | None:
        return self._part(state.source).start(state, run_id=run_id)

    def pause(self, account_id: str, source: MailSource, *, reason: str) -> bool:
        return self._part(source).pause(account_id, source, reason=reason)

    def finish(self, account_id: str, source: MailSource, *, run_id: str) -> None:
        self._part(source).finish(account_id, source, run_id=run_id)

    def continue_after_block(self, key: RunKey, block: int) -> None:
        self._part(key.source).continue_after_block(key, block)

    def continue_after_proof(self, run: Run, rows: Sequence[LedgerRow]) -> None:
        self._part(run.source).continue_after_proof(run, rows)

    def unfinished(self) -> Iterator[tuple[str, MailSource]]:
        for part in self._parts.values():
            yield from part.unfinished()

    def _part(self, source: MailSource) -> MailSources:
        if source.kind not in self._parts:
            raise NotFound("Unknown mail source.", code="source_not_found")
        return self._parts[source.kind]


class AudiencesByKind:
    """The audiences of all kinds of sources. Audiences of campaigns are frozen here; others contain their kind."""

    def __init__(self, campaigns: Audience, others: Mapping[SourceKind, Audience]) -> None:
        self._campaigns, self._others = campaigns, others

    def freeze(
        self, account_id: str, list_id: int, segment_id: int | None, audience_id: str | None = None
    ) -> FrozenAudience:
        return self._campaigns.freeze(account_id, list_id, segment_id, audience_id)

    def blocks(self, account_id: str, audience: Mapping[str, Any]) -> list[int]:
        return self._part(audience).blocks(account_id, audience)

    def matching(self, account_id: str, audience: Mapping[str, Any], block: int) -> list[int]:
        return self._part(audience).matching(account_id, audience, block)

    def read(self, account_id: str, audience: Mapping[str, Any], ids: Sequence[int]) -> Mapping[int, Recipient]:
        return self._part(audience).read(account_id, audience, ids)

    def _part(self, audience: Mapping[str, Any]) -> Audience:
        return self._others[SourceKind(audience[KIND])] if KIND in audience else self._campaigns


class ComposersByKind:
    """The writers of the mails of all kinds of sources."""

    def __init__(self, parts: Mapping[SourceKind, WriterFactory]) -> None:
        self._parts = parts

    def writer(self, run: Run) -> Writer:
        return self._parts[run.source.kind].writer(run)
