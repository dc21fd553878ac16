"""Client programs of other products as users run them: in processes and environments of their own."""

import json
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from infra.local import demo
from tests.e2e.clients.tls_front import HOST, TlsFront, tls_front

ROOT, SCRIPTS = Path(__file__).parents[3], Path(__file__).parent / "scripts"
PYTHON = ROOT / ".local" / "clients-venv" / "bin" / "python"
LONGEST_S = 240


@dataclass(frozen=True)
class Clients:
    """Run scripts that call the platform with the library of a product; each prints one JSON text."""

    environment: dict[str, str]

    def python(self, name: str, **arguments: Any) -> Any:
        assert PYTHON.exists(), "the client programs are not installed: run `make .local/clients-venv/.installed`"
        return self._run([str(PYTHON), str(SCRIPTS / f"{name}.py")], arguments)

    def node(self, name: str, **arguments: Any) -> Any:
        assert (ROOT / "node_modules").exists(), "run `make node_modules/.installed`"
        return self._run(["node", str(SCRIPTS / f"{name}.cjs")], arguments)

    def _run(self, command: list[str], arguments: dict[str, Any]) -> Any:
        done = subprocess.run(
            [*command, json.dumps(arguments)],
            env={"PATH": os.environ["PATH"], **self.environment},
            capture_output=True,
            text=True,
            timeout=LONGEST_S,
            check=False,
        )
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        return json.loads(done.stdout)


@pytest.fixture(scope="session")
def api(deployment: Any) -> demo.Api:
    """The main API, for what the client programs cannot do or see."""
    api = demo.Api(deployment.url)
    api.log_in(deployment.email, deployment.password)
    return api


@pytest.fixture(scope="session")
def front(deployment: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TlsFront]:
    with tls_front(urlsplit(deployment.url).port or 80, tmp_path_factory.mktemp("tls")) as front:
        yield front


@pytest.fixture(scope="session")
def default_list_id(deployment: Any, api: demo.Api, clients: Clients) -> int:
    """The list of the people of these clients, which their first call makes."""
    key = clients.environment["APP_KEY"]
    answer = httpx.get(f"{deployment.url}/v1/segments", headers={"Authorization": f"Bearer {key}"}, timeout=60)
    answer.raise_for_status()
    return int(api.call("GET", "/accounts/self")["data"]["default_list_id"])


@pytest.fixture(scope="session")
def clients(deployment: Any, api: demo.Api, front: TlsFront) -> Clients:
    """Clients with credentials of the owner: keys of Customer.io's App API and of Docs, a pair of the Track API."""
    key = api.call("POST", "/credentials", {"dialect": "customerio"})
    pair = api.call("POST", "/credentials", {"dialect": "customerio-track"})
    docs = api.call("POST", "/credentials", {"dialect": "docs"})
    certificate = str(front.certificate)
    return Clients(
        {
            "APP_URL": deployment.url,
            "APP_KEY": key["secret"],
            "DOCS_URL": deployment.url,
            "DOCS_KEY": docs["secret"],
            "TRACK_HOST": HOST,
            "TRACK_PORT": str(front.port),
            "TRACK_SITE": pair["data"]["public"],
            "TRACK_KEY": pair["secret"],
            "REQUESTS_CA_BUNDLE": certificate,
            "SSL_CERT_FILE": certificate,
            "NODE_EXTRA_CA_CERTS": certificate,
        }
    )
