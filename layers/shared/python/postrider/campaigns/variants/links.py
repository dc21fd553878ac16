"""Number the links of all variants together, so that a link has the same number in every variant; pure."""

from collections.abc import Iterable, Mapping, Sequence

from postrider.content.compiled import MAX_LINKS, Link
from postrider.kit.errors import Invalid


def numbered_targets(contents: Iterable[Sequence[Link]]) -> dict[int, str]:
    """Return the link targets of all contents by number; equal targets share a number. Raises Invalid for too many.

    The links of the first content keep their numbers.
    """
    numbers: dict[str, int] = {}
    for links in contents:
        for link in links:
            numbers.setdefault(link.target, len(numbers) + 1)
    if len(numbers) > MAX_LINKS:
        reason = f"The variants have {len(numbers)} different links: at most {MAX_LINKS} are allowed together."
        raise Invalid(reason, code="too_many_links", field="content")
    return {number: target for target, number in numbers.items()}


def numbers_of(links: Sequence[Link], targets: Mapping[int, str]) -> dict[int, int]:
    """Return the common number of each link by its number in its own content."""
    numbers = {target: number for number, target in sorted(targets.items(), reverse=True)}
    return {link.id: numbers[link.target] for link in links}
