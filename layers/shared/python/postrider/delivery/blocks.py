"""Which blocks a run has, however late one asks."""

from postrider.delivery.ledger import Audience, Ledger
from postrider.delivery.model import Run


def blocks_of(run: Run, audience: Audience, ledger: Ledger) -> list[int]:
    """Those of its list; when that is deleted, those that were planned, for nobody is left in the others."""
    found = audience.blocks(run.account_id, run.audience)
    if found or not run.blocks:
        return found
    planned = [block.number for block in ledger.blocks(run.key)]
    if len(planned) < run.blocks:
        ledger.change_run(run.key, blocks=len(planned))
    return planned
