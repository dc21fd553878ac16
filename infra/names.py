"""The names of a stack's deployment, in terms of the account and region that it is deployed to."""

from aws_cdk import Stack

from infra.stages import Stage
from postrider.kit.settings import Names


def names_of(stack: Stack, stage: Stage) -> Names:
    return Names(stage.deployment, stack.account, stack.region, stage.restored_tables)
