"""The whole local platform: stand-in, SES endpoint, deployment and public listener, started and stopped together."""

import json
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from infra.local.deploy import DeployFailed, deploy
from infra.local.dns_server import LocalDns
from infra.local.front import Front
from infra.local.ses.identities import Identities
from infra.local.ses.server import LocalSes
from infra.local.standin import Standin
from infra.local.synth import synthesise
from postrider.adapters.dns import DnsPythonResolver


class LocalStack:
    """`state_dir` keeps data over clean stops. Call `start` inside try/finally with `stop`."""

    def __init__(
        self, port: int, *, state_dir: Path | None, say: Callable[[str], None], host: str = "127.0.0.1"
    ) -> None:
        self._say = say
        self._state_dir = state_dir
        self.front = Front(port, host=host)
        self.url = self.front.url
        self.standin: Standin | None = None
        self.ses: LocalSes | None = None
        self.dns: LocalDns | None = None

    def start(self) -> None:
        """Start all parts, and wait until the API accepts calls. Raises SynthFailed, StandinFailed or DeployFailed."""
        assembly = synthesise(self._say)
        ports = self._earlier_ports()
        mail_file = self._state_dir / "mail.sqlite" if self._state_dir else None
        # The endpoint needs the stand-in's port and the functions in the stand-in need the endpoint's address.
        self.standin = Standin(state_dir=self._state_dir, port=ports.get("standin"), say=self._say)
        self.dns = LocalDns(file=self._state_dir / "dns.json" if self._state_dir else None)
        servers = os.environ.get("DNS_SERVERS") or self.dns.address
        identities = Identities(
            DnsPythonResolver(servers).look_up,
            file=self._state_dir / "identities.json" if self._state_dir else None,
        )
        self.ses = LocalSes.over(self.standin.port, mail_file=mail_file, identities=identities)
        self.standin.extra_env |= {"AWS_ENDPOINT_URL_SESV2": self.ses.endpoint, "DNS_SERVERS": servers}
        self.standin.start()
        self._keep_ports({"standin": self.standin.port})
        outputs = deploy(self.standin, assembly, {"PublicBaseUrl": self.url})
        if "ApiId" not in outputs:
            raise DeployFailed("The deployment has no output ApiId.")
        self.front.open(standin=self.standin, api_id=outputs["ApiId"], ses=self.ses, dns=self.dns)

    def create_owner(self, email: str, password: str) -> dict[str, Any]:
        """Create the owner by the function of the deployment. Repeating the call changes nothing."""
        return self.invoke("create-owner", {"email": email, "password": password})

    def invoke(self, name: str, payload: dict[str, Any]) -> dict[str, Any]:
        """Call a deployed function by its name in the source tree. Raises DeployFailed with the function's error."""
        assert self.standin is not None
        client = self.standin.client("lambda")
        wanted = _letters(name)
        pages = client.get_paginator("list_functions").paginate()
        names = [function["FunctionName"] for page in pages for function in page["Functions"]]
        matching = [function_name for function_name in names if wanted in _letters(function_name)]
        if len(matching) != 1:
            raise DeployFailed(f"Unknown or ambiguous function {name}: the functions are {names}")
        answer = client.invoke(FunctionName=matching[0], Payload=json.dumps(payload).encode())
        result = json.loads(answer["Payload"].read() or b"null")
        if "FunctionError" in answer:
            raise DeployFailed(f"{name} failed: {result}")
        return dict(result)

    def running(self) -> bool:
        return self.standin is not None and self.standin.running()

    def stop(self) -> None:
        self.front.close()
        if self.standin is not None:
            self.standin.stop()
        if self.ses is not None:
            self.ses.close()
        if self.dns is not None:
            self.dns.close()

    def _earlier_ports(self) -> dict[str, int]:
        """Return the ports of the last run, because stored URLs of queues and objects contain them."""
        if self._state_dir is None or not (self._state_dir / "ports.json").exists():
            return {}
        return dict(json.loads((self._state_dir / "ports.json").read_text()))

    def _keep_ports(self, ports: dict[str, int]) -> None:
        if self._state_dir is not None:
            (self._state_dir / "ports.json").write_text(json.dumps(ports))


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())
