"""The CDK app: the stacks of one stage. `cdk synth -c stage=local|dev|prod`, `-c nag=1` checks them with cdk-nag."""

import os
from itertools import pairwise
from typing import Any

from aws_cdk import App, Environment, Stack, Tags

from infra import nag
from infra.api import DIALECT_ROWS, Api, Dialects
from infra.core import Core
from infra.data import Data
from infra.stages import stage_from


def build(app: App) -> list[Stack]:
    stage = stage_from(app.node.try_get_context)
    options: dict[str, Any] = {
        "stage": stage,
        "env": Environment(account=os.environ.get("CDK_DEFAULT_ACCOUNT"), region=os.environ.get("CDK_DEFAULT_REGION")),
    }
    data = Data(app, f"Postrider-{stage.name}-Data", **options)
    options["signing_key"] = data.signing_key.key_arn
    core = Core(app, f"Postrider-{stage.name}-Core", **options)
    stacks: list[Stack] = [data, core, Api(app, f"Postrider-{stage.name}-Api", api=core.api, **options)]
    if DIALECT_ROWS:
        stacks.append(Dialects(app, f"Postrider-{stage.name}-Dialects", api=core.api, **options))
    for earlier, later in pairwise(stacks):
        later.add_stack_dependency(earlier)  # functions know tables, queues and roles by name only
    Tags.of(app).add("application", "postrider")
    Tags.of(app).add("stage", stage.name)
    if app.node.try_get_context("nag"):
        nag.check(app, stacks)
    return stacks


if __name__ == "__main__":
    app = App()
    build(app)
    app.synth()
