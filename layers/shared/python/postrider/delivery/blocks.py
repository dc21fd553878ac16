"""Find the blocks of a run, also if its list was deleted meanwhile."""

from postrider.delivery.audience import Audience
from postrider.delivery.ledger import Ledger
from postrider.delivery.model import Run


def blocks_of(run: Run, audience: Audience, ledger: Ledger) -> list[int]:
    """Return the blocks of the list of a run; if the list is deleted, return only the planned blocks: the others are empty."""
    numbers = audience.blocks(run.account_id, run.audience)
    if numbers or not run.blocks:
        return numbers
    planned = [block.number for block in ledger.blocks(run.key)]
    if len(planned) < run.blocks:
        ledger.change_run(run.key, blocks=len(planned))
    return planned
