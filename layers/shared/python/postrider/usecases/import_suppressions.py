"""Write rows of addresses and patterns that an account suppresses."""

from collections.abc import Sequence

from postrider.imports.data_model import DataOptions
from postrider.imports.data_rows import DataRow
from postrider.imports.part_counts import PartCounts
from postrider.imports.reports import REFUSED
from postrider.imports.suppression_files import EMAIL, SOURCE
from postrider.kit.errors import Invalid
from postrider.suppressions import rules
from postrider.suppressions.model import SuppressionSource
from postrider.suppressions.service import MAX_IMPORTED_WILDCARDS, SuppressionService
from postrider.tasks.model import Task
from postrider.usecases.suppress_address import AddressSuppression


class SuppressionRows:
    """Suppresses addresses and patterns; several rows of one are joined, and a person's wish counts.

    A dry run writes nothing, and counts what an import would do.
    """

    def __init__(self, suppressions: SuppressionService, addresses: AddressSuppression) -> None:
        self._suppressions, self._addresses = suppressions, addresses

    def write(
        self, task: Task, options: DataOptions, part_key: str, rows: Sequence[DataRow], counts: PartCounts
    ) -> None:
        sources: dict[str, SuppressionSource] = {}
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
        for pattern in self._suppressions.wildcards_beyond_limit(task.account_id, wildcards) if wildcards else ():
            reason = f"Too many patterns: files add some until the account has {MAX_IMPORTED_WILDCARDS}."
            problem = Invalid(reason, code="too_many_patterns", field=EMAIL)
            counts.report.add(REFUSED, by_pattern[pattern].refused(problem))
            del sources[pattern]
        if task.payload["dry_run"]:
            added, replaced = self._suppressions.expected_changes(task.account_id, sources)
        else:
            added, replaced = self._addresses.suppress_many(task.account_id, sources, origin=part_key)
        counts.created += added
        counts.updated += replaced
