"""The HTTP API, and its routes: one integration and one permission per function.

L1 constructs, since the L2 adds a permission for every route.
"""

import json

from aws_cdk import CfnOutput, RemovalPolicy, Stack
from aws_cdk import aws_apigatewayv2 as apigateway
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.constructs.lambda_function import RETENTIONS, LambdaFunction
from infra.gateway import THROTTLED, gateway_routes
from infra.stages import Stage

DEFAULT_STAGE = "$default"
PREFLIGHT_S = 3600
"""Time for which a browser caches the CORS permissions."""
LOGGED = {
    "requestId": "$context.requestId",
    "route": "$context.routeKey",
    "status": "$context.status",
    "latencyMs": "$context.responseLatency",
    "error": "$context.error.message",
}
"""Fields of the access log. Without paths and IP addresses: a path may contain a token, a parameter an email address."""


class HttpApi(Construct):
    """The HTTP API. It depends on no function, so that functions can have its URL."""

    def __init__(self, scope: Construct, id: str, stage: Stage) -> None:
        super().__init__(scope, id)
        self.api = apigateway.CfnApi(
            self, "Api", name=stage.deployment, protocol_type="HTTP", cors_configuration=_cors(stage)
        )
        self.url = self.url_for(Stack.of(self))
        self.domain = self._domain(stage) if stage.domain else None

    def url_for(self, stack: Stack) -> str:
        """Return the API's own URL in terms of the stack that uses it."""
        return f"https://{self.api.ref}.execute-api.{stack.region}.{stack.url_suffix}"

    def _domain(self, stage: Stage) -> apigateway.CfnDomainName:
        assert stage.domain
        assert stage.certificate_arn, "a domain needs the ARN of its certificate"
        domain = apigateway.CfnDomainName(
            self,
            "Domain",
            domain_name=stage.domain,
            domain_name_configurations=[
                apigateway.CfnDomainName.DomainNameConfigurationProperty(
                    certificate_arn=stage.certificate_arn, endpoint_type="REGIONAL", security_policy="TLS_1_2"
                )
            ],
        )
        CfnOutput(self, "DomainTarget", value=domain.attr_regional_domain_name)
        return domain


def _cors(stage: Stage) -> apigateway.CfnApi.CorsProperty | None:
    """Return the CORS settings. Callers send a token in a header, so that cookies are not allowed."""
    if not stage.cors_origins:
        return None
    return apigateway.CfnApi.CorsProperty(
        allow_origins=list(stage.cors_origins),
        allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=["authorization", "content-type", "idempotency-key"],
        expose_headers=["retry-after", "ratelimit", "ratelimit-policy"],
        max_age=PREFLIGHT_S,
    )


class Routes(Construct):
    """Routes to the functions of one stack."""

    def __init__(self, scope: Construct, id: str, api_id: str) -> None:
        super().__init__(scope, id)
        self._api_id = api_id
        self._routes: dict[str, apigateway.CfnRoute] = {}

    def serve(self, function: LambdaFunction) -> None:
        stack = Stack.of(self)
        integration = apigateway.CfnIntegration(
            self,
            f"to-{function.row.name}",
            api_id=self._api_id,
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
            source_arn=stack.format_arn(service="execute-api", resource=self._api_id, resource_name="*/*"),
        )
        for key in gateway_routes(function.row):
            self._routes[key] = apigateway.CfnRoute(
                self,
                key.replace("/", "|"),
                api_id=self._api_id,
                route_key=key,
                target=f"integrations/{integration.ref}",
            )

    def open(self, stage: Stage, api: HttpApi) -> None:
        """Create the stage of the API for all routes, including those of other stacks."""
        access = logs.LogGroup(
            self,
            "Access",
            log_group_name=f"/aws/apigateway/{stage.deployment}",
            retention=RETENTIONS[stage.log_days],
            removal_policy=RemovalPolicy.DESTROY,
        )
        limit = {"ThrottlingBurstLimit": stage.tracking_burst, "ThrottlingRateLimit": stage.tracking_requests_per_s}
        live = apigateway.CfnStage(
            self,
            "Stage",
            api_id=self._api_id,
            stage_name=DEFAULT_STAGE,
            auto_deploy=True,
            default_route_settings=apigateway.CfnStage.RouteSettingsProperty(
                throttling_burst_limit=stage.burst, throttling_rate_limit=stage.requests_per_s
            ),
            route_settings=dict.fromkeys(THROTTLED, limit),
            access_log_settings=apigateway.CfnStage.AccessLogSettingsProperty(
                destination_arn=access.log_group_arn, format=json.dumps(LOGGED)
            ),
        )
        for key in THROTTLED:  # settings of a route that is not there are refused
            live.add_resource_dependency(self._routes[key])
        if api.domain:
            apigateway.CfnApiMapping(self, "Mapping", api_id=self._api_id, domain_name=api.domain.ref, stage=live.ref)
