"""Look up records in DNS, several concurrently, and report their problems."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from postrider.domains.dns_records import RecordFault, fault_of, hint_of, is_misplaced, other_places
from postrider.domains.model import CheckedRecord, ExpectedDnsRecord, Problem
from postrider.ports.dns import DnsResolver, DnsUnanswered

LOOK_UPS_TOGETHER = 8


class RecordChecker:
    def __init__(self, dns: DnsResolver) -> None:
        self._dns = dns

    def check(self, records: Sequence[ExpectedDnsRecord]) -> list[CheckedRecord]:
        """Return the records in their order, with the values found."""
        if len(records) < 2:
            return [self._checked(record) for record in records]
        with ThreadPoolExecutor(LOOK_UPS_TOGETHER) as pool:
            return list(pool.map(self._checked, records))

    def _checked(self, record: ExpectedDnsRecord) -> CheckedRecord:
        try:
            found_values = self._dns.look_up(record.name, record.kind)
            fault = fault_of(record, found_values)
            if fault is not None and fault.problem == Problem.MISSING:
                fault = self._misplaced(record) or fault
        except DnsUnanswered:
            found_values, fault = (), RecordFault(Problem.UNANSWERED)
        if fault is None:
            return CheckedRecord(expected=record, found_values=found_values)
        return CheckedRecord(
            expected=record, found_values=found_values, problem=fault.problem, hint=hint_of(record, fault)
        )

    def _misplaced(self, record: ExpectedDnsRecord) -> RecordFault | None:
        """Return the wrong place of the record, if it was published there by mistake."""
        for name, kind, problem in other_places(record):
            values = self._dns.look_up(name, kind)
            if is_misplaced(record, kind, values):
                return RecordFault(problem, kind if problem == Problem.WRONG_TYPE else name)
        return None
