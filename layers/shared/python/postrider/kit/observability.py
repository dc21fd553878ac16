"""The one logger and metrics object. Ids are log keys; addresses and content never are."""

import re
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.logging.formatter import LambdaPowertoolsFormatter

from postrider.kit.settings import setting

NAMESPACE = "Postrider"
_SERVICE = setting("POWERTOOLS_SERVICE_NAME", "postrider")

_PRIVATE = re.compile(
    r"(?<![^\s@<>\"'(),;:])[^\s@<>\"'(),;:]++@[^\s@<>\"'(),;:]{1,255}"
    r"|(?<![\w-])(?=[\w-]*?eyJ)[\w-]{13,}+\.[\w.-]+"
)
"""Addresses and tokens. What we log ourselves has none; the message of an exception may quote what it could not take.

Each word is looked at as a whole and once, so that a text without end takes no more than its length.
"""


class _Formatter(LambdaPowertoolsFormatter):
    def formatException(self, ei: Any) -> str:  # noqa: N802  # logging's name
        return _PRIVATE.sub("<...>", super().formatException(ei))


logger = Logger(service=_SERVICE, logger_formatter=_Formatter(service=_SERVICE))
metrics = Metrics(namespace=NAMESPACE, service=_SERVICE)
