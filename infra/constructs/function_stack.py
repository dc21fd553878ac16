"""A stack of functions: their layers, environment and roles. They refer to other resources by name."""

import json
from typing import Any

from aws_cdk import CfnCondition, CfnParameter, Fn, Stack
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.archives import dependencies_layer, digest_of, shared_layer
from infra.constructs.lambda_function import LambdaFunction
from infra.grants import statements
from infra.names import names_of
from infra.rows import Function
from infra.stages import Stage


class FunctionStack(Stack):
    """A stack whose functions share no resource with other stacks: a layer of another stack could not be replaced."""

    def __init__(self, scope: Construct, id: str, *, stage: Stage, signing_key: str, **options: Any) -> None:
        super().__init__(scope, id, **options)
        self.stage, self.names = stage, names_of(self, stage)
        self._signing_key = signing_key
        self._layers = [self._layer("Dependencies", dependencies_layer), self._layer("Shared", shared_layer)]

    def make(self, row: Function, base_url: str) -> LambdaFunction:
        return LambdaFunction(
            self,
            row,
            self.stage,
            layers=self._layers,
            environment=self._environment(base_url),
            statements=statements(row, self.names, self._signing_key),
        )

    def _layer(self, id: str, build: Any) -> lambda_.ILayerVersion:
        archive = build(self.stage)
        return lambda_.LayerVersion(
            self,
            id,
            code=lambda_.Code.from_asset(str(archive), asset_hash=digest_of(archive)),
            compatible_runtimes=[lambda_.Runtime(f"python{self.stage.python}", lambda_.RuntimeFamily.PYTHON)],
        )

    def _environment(self, base_url: str) -> dict[str, str]:
        """Return what functions cannot derive from DEPLOYMENT: account, key, URL, and the settings of the stage."""
        environment = {
            "DEPLOYMENT": self.stage.deployment,
            "STAGE": self.stage.name,
            "ACCOUNT_ID": self.account,
            "SIGNING_KEY_ID": self._signing_key,
            "PUBLIC_BASE_URL": base_url,
            "ACCOUNT_CALLS_PER_S": str(self.stage.account_calls_per_s),
            "TOKEN_CALLS_PER_S": str(self.stage.token_calls_per_s),
            "DOCS_DC": self.stage.docs_dc,
            "DIALECT_LIMITS": json.dumps(self.stage.dialect_limits),
            "POWERTOOLS_TRACE_DISABLED": json.dumps(not self.stage.tracing),
        }
        if self.stage.calls_to_loopback:
            environment["CALLS_TO_LOOPBACK"] = "true"
        if self.stage.outgoing_ips:
            environment["OUTGOING_IPS"] = ",".join(self.stage.outgoing_ips)
        if self.stage.push_applications:
            environment["PUSH_APPLICATIONS"] = ",".join(self.stage.push_applications)
        if self.stage.restored_tables:
            environment["RESTORED_TABLES"] = self.stage.restored_tables
        if self.stage.system_sender_email:
            environment["SYSTEM_SENDER_EMAIL"] = self.stage.system_sender_email
        return environment


def public_base_url(stack: Stack, stage: Stage, own: str) -> str:
    """Return the URL that links in mails begin with: of the stage's domain, else of a parameter, else of the API itself.

    The domain is not the default of the parameter, because later deployments would keep the first value.
    """
    if stage.domain:
        return f"https://{stage.domain}"
    parameter = CfnParameter(
        stack, "PublicBaseUrl", default="", description="What links in mails begin with; empty: the API's own URL."
    )
    none = CfnCondition(stack, "NoPublicBaseUrl", expression=Fn.condition_equals(parameter.value_as_string, ""))
    return Fn.condition_if(none.logical_id, own, parameter.value_as_string).to_string()
