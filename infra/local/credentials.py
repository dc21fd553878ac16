"""Make one credential for each dialect of the local stack, so that its clients can be tried at once."""

import json
from pathlib import Path
from typing import Any

import httpx

from postrider.credentials.model import FORMATS, Scheme

NAME = "Local stack"
KEPT = ("id", "base_url", "header", "header_value", "secret")


def credentials_of(url: str, email: str, password: str, state_dir: Path) -> list[str]:
    """Return a line for each dialect with base URL, header and key. Credentials are made once for a folder of data."""
    kept_in = state_dir / "credentials.json"
    kept: dict[str, dict[str, Any]] = json.loads(kept_in.read_text()) if kept_in.exists() else {}
    with httpx.Client(base_url=url, timeout=60) as client:
        answer = client.post("/token", data={"username": email, "password": password}).raise_for_status()
        client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        page = client.get("/credentials", params={"per_page": 100}).raise_for_status().json()
        known_ids = {credential["id"] for credential in page["data"]}
        for dialect in FORMATS:
            if kept.get(dialect, {}).get("id") not in known_ids or "header_value" not in kept[dialect]:
                made = client.post("/credentials", json={"dialect": dialect, "name": NAME}).raise_for_status().json()
                kept[dialect] = {name: made[name] for name in KEPT} | {"public": made["data"]["public"]}
    kept_in.touch(mode=0o600)
    kept_in.write_text(json.dumps(kept))
    return [_line(dialect, kept[dialect]) for dialect in FORMATS]


def _line(dialect: str, credential: dict[str, Any]) -> str:
    """Return the place and the header of a dialect, and the halves where the header does not show them."""
    line = f"{dialect} API {credential['base_url']} ({credential['header']}: {credential['header_value']})"
    if FORMATS[dialect].scheme != Scheme.BASIC:
        return line
    return f"{line}, user name {credential['public']}, password {credential['secret']}"
