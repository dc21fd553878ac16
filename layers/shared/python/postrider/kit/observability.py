"""The one logger and metrics object. Ids are log keys; addresses and content never are."""

from aws_lambda_powertools import Logger, Metrics

from postrider.kit.settings import setting

NAMESPACE = "Postrider"
_SERVICE = setting("POWERTOOLS_SERVICE_NAME", "postrider")

logger = Logger(service=_SERVICE)
metrics = Metrics(namespace=NAMESPACE, service=_SERVICE)
