"""Distribution of the tests to the processes of pytest-xdist."""

from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

FOLDERS = ("tests/e2e/", "tests/infra/")
"""Their modules share a deployment or a synthesis, which takes longer than all their tests."""


class OneWorkerPerModule(LoadScopeScheduling):
    """Give all tests of a module to one worker, and those of FOLDERS as well: their fixtures are made once."""

    def __init__(self, config: pytest.Config, log: Any) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False  # else modules with many tests begin before those that take long

    def _split_scope(self, nodeid: str) -> str:
        return next((folder for folder in FOLDERS if nodeid.startswith(folder)), nodeid.partition("::")[0])


def put_long_folders_first(items: list[pytest.Item]) -> None:
    """Sort the tests so that no worker is left alone with a folder at the end."""
    items.sort(key=lambda item: not item.nodeid.startswith(FOLDERS))
