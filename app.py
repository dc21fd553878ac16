"""The CDK app: two stacks of one stage. `cdk synth -c stage=local|dev|prod`, `-c nag=1` checks them with cdk-nag."""

import os
from typing import Any

from aws_cdk import App, Environment, Tags

from infra import nag
from infra.service import Service
from infra.stages import stage_from
from infra.stateful import Data


def build(app: App) -> tuple[Data, Service]:
    stage = stage_from(app.node.try_get_context)
    options: dict[str, Any] = {
        "stage": stage,
        "env": Environment(account=os.environ.get("CDK_DEFAULT_ACCOUNT"), region=os.environ.get("CDK_DEFAULT_REGION")),
    }
    data = Data(app, f"Postrider-{stage.name}-Data", **options)
    service = Service(app, f"Postrider-{stage.name}", data=data, **options)
    Tags.of(app).add("application", "postrider")
    Tags.of(app).add("stage", stage.name)
    if app.node.try_get_context("nag"):
        nag.check(app, data, service)
    return data, service


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()
