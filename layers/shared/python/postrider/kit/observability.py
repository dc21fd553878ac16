"""The one logger, tracer and metrics object. Ids are log keys; addresses and content never are."""

from aws_lambda_powertools import Logger, Metrics, Tracer

from postrider.kit.settings import setting

NAMESPACE = "Postrider"
_SERVICE = setting("POWERTOOLS_SERVICE_NAME", "postrider")

logger = Logger(service=_SERVICE)
tracer = Tracer(service=_SERVICE, auto_patch=False)
metrics = Metrics(namespace=NAMESPACE, service=_SERVICE)
