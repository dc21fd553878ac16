"""The examples of the README work."""

import os
import subprocess
import time
from pathlib import Path

import httpx

from infra.local.standin import ROOT
from tests.e2e.conftest import Deployment

UPLOAD = "UPLOAD=$(curl"
"""Place of the example of an upload."""


def _example(part: str) -> str:
    """Return the block of code of the README that has this part."""
    blocks = (ROOT / "README.md").read_text().split("```\n")[1::2]
    (block,) = [block for block in blocks if part in block]
    return block


def test_the_example_uploads_a_file_and_imports_it(deployment: Deployment, tmp_path: Path) -> None:
    with httpx.Client(base_url=deployment.url, timeout=60) as client:
        login = {"username": deployment.email, "password": deployment.password}
        token = client.post("/token", data=login).raise_for_status().json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        senders = client.get("/brands/default/senders").json()["data"]
        own = next((sender["id"] for sender in senders if sender["email"] == deployment.email), None)
        if own is None:
            sender = {"name": "Owner", "email": deployment.email}
            own = client.post("/brands/default/senders", json=sender).raise_for_status().json()["id"]
        body = {"name": "Readers", "default_sender": {"id": own}}
        list_id = client.post("/lists", json=body).raise_for_status().json()["id"]
        (tmp_path / "people.csv").write_text("email\nann@example.com\nbob@example.com\n")
        address = deployment.url.partition("://")[2]
        script = _example(UPLOAD).replace("localhost:8080/lists/1", f"{address}/lists/{list_id}")
        run = subprocess.run(
            ["bash", "-ec", script],
            cwd=tmp_path,
            env=os.environ | {"TOKEN": token},
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert run.returncode == 0, run.stderr
        imports = f"/lists/{list_id}/imports"
        for _ in range(60):
            (started,) = client.get(imports).json()["data"]
            if started["status"] != "pending":
                break
            time.sleep(0.5)
        assert (started["status"], started["created"]) == ("ready", 2), (run.stdout, started)
