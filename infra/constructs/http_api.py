"""The HTTP API: explicit routes, one integration and one permission per function.

L1 constructs, since the L2 adds a permission for every route.
"""

import json

from aws_cdk import CfnOutput, RemovalPolicy, Stack
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.constructs.lambda_function import RETENTIONS, LambdaFunction
from infra.stages import Stage

DEFAULT_STAGE = "$default"
LOGGED = {
    "requestId": "$context.requestId",
    "route": "$context.routeKey",
    "status": "$context.status",
    "latencyMs": "$context.responseLatency",
    "error": "$context.error.message",
}
"""No paths and no addresses: a path may carry a token, a parameter an email."""


class HttpApi(Construct):
    """Depends on no function, so that functions may know its URL."""

    def __init__(self, scope: Construct, id: str, stage: Stage) -> None:
        super().__init__(scope, id)
        self.api = apigateway.CfnApi(self, "Api", name=f"postrider-{stage.name}", protocol_type="HTTP")
        access = logs.LogGroup(
            self,
            "Access",
            log_group_name=f"/aws/apigateway/postrider-{stage.name}",
            retention=RETENTIONS[stage.log_days],
            removal_policy=RemovalPolicy.DESTROY,
        )
        live = apigateway.CfnStage(
            self,
            "Stage",
            api_id=self.api.ref,
            stage_name=DEFAULT_STAGE,
            auto_deploy=True,
            default_route_settings=apigateway.CfnStage.RouteSettingsProperty(
                throttling_burst_limit=stage.burst, throttling_rate_limit=stage.requests_per_s
            ),
            access_log_settings=apigateway.CfnStage.AccessLogSettingsProperty(
                destination_arn=access.log_group_arn, format=json.dumps(LOGGED)
            ),
        )
        if stage.domain:
            self._name_it(stage, live)
        stack = Stack.of(self)
        self.url = f"https://{self.api.ref}.execute-api.{stack.region}.{stack.url_suffix}"

    def _name_it(self, stage: Stage, live: apigateway.CfnStage) -> None:
        assert stage.domain
        assert stage.certificate_arn, "a domain needs the ARN of its certificate"
        name = apigateway.CfnDomainName(
            self,
            "Domain",
            domain_name=stage.domain,
            domain_name_configurations=[
                apigateway.CfnDomainName.DomainNameConfigurationProperty(
                    certificate_arn=stage.certificate_arn, endpoint_type="REGIONAL", security_policy="TLS_1_2"
                )
            ],
        )
        apigateway.CfnApiMapping(self, "Mapping", api_id=self.api.ref, domain_name=name.ref, stage=live.ref)
        CfnOutput(self, "DomainTarget", value=name.attr_regional_domain_name)

    def serve(self, function: LambdaFunction, keys: list[str]) -> None:
        stack = Stack.of(self)
        integration = apigateway.CfnIntegration(
            self,
            f"to-{function.row.name}",
            api_id=self.api.ref,
            integration_type="AWS_PROXY",
            integration_uri=function.function.function_arn,
            payload_format_version="2.0",
        )
        lambda_.CfnPermission(
            self,
            f"may-call-{function.row.name}",
            action="lambda:InvokeFunction",
            function_name=function.function.function_name,
            principal="apigateway.amazonaws.com",
            source_arn=stack.format_arn(service="execute-api", resource=self.api.ref, resource_name="*/*"),
        )
        for key in [*keys, "$default"] if function.row.answers_the_rest else keys:
            apigateway.CfnRoute(
                self,
                key.replace("/", "|"),
                api_id=self.api.ref,
                route_key=key,
                target=f"integrations/{integration.ref}",
            )
