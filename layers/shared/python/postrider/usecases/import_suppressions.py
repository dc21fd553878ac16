"""Write rows of addresses and patterns that an account suppresses."""

from collections.abc import Sequence

from postrider.imports.data import DataOptions
from postrider.imports.data_rows import DataRow
from postrider.imports.part_counts import PartCounts
from postrider.imports.reports import REFUSED
from postrider.imports.suppression_files import EMAIL, SOURCE
from postrider.kit.errors import Invalid
from postrider.suppressions import rules
from postrider.suppressions.model import Source
from postrider.suppressions.service import MAX_IMPORTED_WILDCARDS, SuppressionService
from postrider.tasks.model import Task
from postrider.usecases.suppress_address import AddressSuppression


class SuppressionRows:
    """Suppresses addresses and patterns; several rows of one are joined, and a person's wish counts.

    A dry run writes nothing, and counts what an import would do.
    """

    def __init__(self, suppressions: SuppressionService, addresses: AddressSuppression) -> None:
        self._suppressions, self._addresses = suppressions, addresses

    def write(self, task: Task, options: DataOptions, once: str, rows: Sequence[DataRow], counts: PartCounts) -> None:
        sources: dict[str, Source] = {}
        by_pattern: dict[str, DataRow] = {}
        for row in rows:
            try:
                pattern = rules.pattern_of(row.text(EMAIL), field=EMAIL)
                source = rules.source_of(row.texts.get(SOURCE, ""), pattern)
            except Invalid as exc:
                counts.report.add(REFUSED, row.refused(exc))
                continue
            if task.payload["dry_run"]:
                counts.show(task.payload["columns"], row.cells)
            counts.duplicates += pattern in sources
            sources[pattern] = rules.stronger(sources.get(pattern, source), source)
            by_pattern.setdefault(pattern, row)
        wildcards = [pattern for pattern in sources if "*" in pattern]
        if wildcards and not self._suppressions.has_room_for_wildcards(task.account_id, wildcards):
            reason = f"Too many patterns: files add some until the account has {MAX_IMPORTED_WILDCARDS}."
            for pattern in wildcards:
                del sources[pattern]
                problem = Invalid(reason, code="too_many_patterns", field=EMAIL)
                counts.report.add(REFUSED, by_pattern[pattern].refused(problem))
        if task.payload["dry_run"]:
            added, replaced = self._suppressions.expected_changes(task.account_id, sources)
        else:
            added, replaced = self._addresses.suppress_many(task.account_id, sources, origin=once)
        counts.created += added
        counts.updated += replaced
