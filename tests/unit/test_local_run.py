"""Messages of `make run` if the platform cannot be deployed."""

from pathlib import Path
from typing import Any

import pytest

from infra.local import run as program
from infra.local.deploy import DeployFailed


class Stack:
    def __init__(self, *_: Any, **__: Any) -> None: ...

    def start(self) -> None:
        raise DeployFailed("Data ended as UPDATE_ROLLBACK_COMPLETE")

    def stop(self) -> None: ...


@pytest.mark.parametrize("has_data", [True, False])
def test_data_of_an_earlier_version_is_named(
    has_data: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A table whose keys have changed cannot be updated."""
    monkeypatch.setattr(program, "ROOT", tmp_path)
    monkeypatch.setattr(program, "LocalStack", Stack)
    monkeypatch.setattr(program, "ignore_signals", lambda: None)
    monkeypatch.setenv("PORT", "8099")
    if has_data:
        (tmp_path / ".local" / "state" / "8099").mkdir(parents=True)
    assert program.run() == 1
    said = capsys.readouterr().err
    assert "UPDATE_ROLLBACK_COMPLETE" in said
    assert ("remove it to start anew" in said) == has_data
