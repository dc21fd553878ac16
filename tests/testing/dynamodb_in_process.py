"""Answer DynamoDB calls in this process: most SDK calls are DynamoDB calls, and HTTP takes several times as long as an answer.

The same code answers as in the stand-in's own process, with the same bytes. Calls have no signature and no user agent, because
nothing in the tests checks these.
"""

import importlib
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse, HeadersDict
from botocore.httpsession import URLLib3Session
from botocore.signers import RequestSigner
from botocore.useragent import UserAgentString

from infra.local.expression_cache import keep_read_expressions
from infra.local.http_server import Handler, Server
from infra.local.standin import ACCOUNT_ID, INTERPRETER, REGION

SERVICE = "dynamodb"
TARGET = "DynamoDB_20120810."


class DynamoDbInProcess:
    """The answers to DynamoDB calls to one endpoint from `start` until `stop`; all other calls are sent as usual."""

    def __init__(self, endpoint: str) -> None:
        self._endpoint = f"{endpoint}/"
        self._service = _import_service()
        self._one_at_a_time = threading.Lock()  # as in the stand-in's process, where one thread answers all
        self._patch = pytest.MonkeyPatch()

    def start(self) -> None:
        send, sign = URLLib3Session.send, RequestSigner.handler

        def send_or_answer(session: URLLib3Session, request: AWSPreparedRequest) -> AWSResponse:
            target = _text(request.headers.get("X-Amz-Target", ""))
            if not target.startswith(TARGET) or not request.url.startswith(self._endpoint):
                return send(session, request)
            status, headers, body = self._answer(target, request.body)
            response = AWSResponse(request.url, status, HeadersDict(headers), None)
            response._content = body
            return response

        def sign_others(signer: RequestSigner, operation_name: str, request: Any, **options: Any) -> Any:
            if signer._service_id.hyphenize() != SERVICE or not request.url.startswith(self._endpoint):
                sign(signer, operation_name, request, **options)

        self._patch.setattr(URLLib3Session, "send", send_or_answer)
        self._patch.setattr(RequestSigner, "handler", sign_others)
        self._patch.setattr(UserAgentString, "to_string", lambda agent: "tests")

    def stop(self) -> None:
        self._patch.undo()

    @contextmanager
    def served(self) -> Iterator[str]:
        """Answer other processes as well, at the URL that is yielded."""
        dynamodb = self

        class Endpoint(Handler):
            def answer_request(self) -> None:
                status, headers, body = dynamodb._answer(self.headers["X-Amz-Target"], self.read_body())
                self.answer(status, body, list(headers.items()))

        server = Server(("127.0.0.1", 0), Endpoint)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()

    def _answer(self, target: str, body: bytes) -> tuple[int, dict[str, str], bytes]:
        with self._one_at_a_time:
            call = self._service.handle_request("POST", "/", {"x-amz-target": target}, body, {})
            try:
                call.send(None)  # it waits for nothing, so that its first step is its last
            except StopIteration as end:
                status, headers, answer = end.value
                return status, headers, answer if isinstance(answer, bytes) else answer.encode()
        raise AssertionError("DynamoDB of the stand-in waits for something: it needs an event loop now")


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def _import_service() -> Any:
    """Import the service from the environment of the stand-in, whose packages come after all others."""
    (packages,) = (INTERPRETER.parents[1] / "lib").glob("python*/site-packages")
    settings = {"MINISTACK_ACCOUNT_ID": ACCOUNT_ID, "MINISTACK_REGION": REGION, "LOG_LEVEL": "WARNING"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in settings.items():
            patch.setenv(name, value)
        patch.setattr(sys, "path", [*sys.path, str(packages)])
        service = importlib.import_module("ministack.services.dynamodb")
    keep_read_expressions(service)
    service.logger.propagate = False  # the log of the stand-in is none of the platform
    return service
