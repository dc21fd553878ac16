"""Run the task of the clock of an action: begin due runs, and return until when the execution sleeps again."""

from typing import Any

from postrider import bootstrap
from postrider.journeys.clock import WakeUp
from postrider.workers.executions import execution_task


def wake(wake_up: dict[str, Any], turns: int) -> Any:
    return bootstrap.journeys().wake(WakeUp(**wake_up), turns=turns)


lambda_handler = execution_task("wake_clock", wake)
