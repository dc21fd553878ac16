"""Measure counts and searches in a list of 100,000 contacts, as one call makes them."""

import time
from collections.abc import Iterator

from infra.bench import work
from infra.bench.tables import Table
from postrider import bootstrap
from postrider.contacts.search import query_of
from postrider.kit.errors import Invalid
from tests.conftest import Platform

CONTACTS = 100_000
NOT_FOUND = " OR ".join(f'`city` LIKE "%nowhere {number}%"' for number in range(100))
EXPRESSIONS = {
    '`city` = "City 7"': '`city` = "City 7"',
    '`city` LIKE "%y 4%"': '`city` LIKE "%y 4%"',
    '`email` LIKE "%9@%"': '`email` LIKE "%9@%"',
    '`city` LIKE "%y 4%" AND `registered` >= "today"': '`city` LIKE "%y 4%" AND `registered` >= "today"',
    "`bounce_count` > 2 (DynamoDB decides)": "`bounce_count` > 2",
    "10 LIKE joined by OR": NOT_FOUND.replace(" OR ", "\n", 9).partition(" OR ")[0].replace("\n", " OR "),
    "100 LIKE joined by OR": NOT_FOUND,
}
"""Expression by the name that the table has for it."""


def measure(platform: Platform) -> Iterator[Table]:
    audience = work.make_audience()
    work.import_rows(platform, audience, 0, CONTACTS)
    account_id, list_id = audience.owner.account_id, audience.list_id
    evaluator, search = bootstrap.filter_evaluator(), bootstrap.contact_search()
    for with_count, title in ((True, "with_count=true"), (False, "a first page of 100 by cursor")):
        table = Table(
            f"{CONTACTS:,} contacts, {title}", ["filter", "answer", "seconds", "of these, CPU of the function"]
        )
        for name, expression in EXPRESSIONS.items():
            compiled = evaluator.parse(account_id, list_id, {"query": expression})
            assert compiled is not None
            query = query_of({}, matching=[compiled])
            began, cpu = time.perf_counter(), time.process_time()
            try:
                page = search.page(account_id, list_id, query, per_page=100, with_count=with_count)
                answer = f"{page.count:,}" if with_count else f"{len(page.items)} contacts"
            except Invalid as exc:
                answer = exc.message.partition(".")[0].partition(": ")[2]
            table.add(
                name.replace("|", "\\|"),
                answer,
                round(time.perf_counter() - began, 1),
                round(time.process_time() - cpu, 1),
            )
        yield table
