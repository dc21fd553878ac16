"""Synthesise the CDK app, again only when a source has changed."""

import fcntl
import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from infra.local.signals import held_signals
from infra.local.standin import ACCOUNT_ID, REGION, ROOT

SYNTHESISED = ROOT / ".local" / "synth"
KEPT = 4  # earlier results: another run may still be deploying one of them
SOURCES = ("app.py", "cdk.json", "requirements.txt", "infra", "functions", "layers")
IGNORED_FOLDERS = {"__pycache__", "local"}  # infra/local runs beside the deployment, not in it


class SynthFailed(Exception):
    pass


def synthesise(say: Callable[[str], None], context: dict[str, str] | None = None) -> Path:
    """Return the folder of the cloud assembly (cdk.out). Raises SynthFailed with the app's own output.

    `context` is added to that of cdk.json; the default is the local stage for the interpreter of this process. Other
    stages are of no account and region.
    """
    context = context or _local_context()
    digest = source_digest(context)
    result = SYNTHESISED / digest
    SYNTHESISED.mkdir(parents=True, exist_ok=True)
    with (SYNTHESISED / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # runs side by side wait for one another here
        if result.exists():
            os.utime(result)
            return result
        say("synthesising the CDK app (only after a change of the sources)")
        _delete_old()
        partial = SYNTHESISED / f"partial-{digest}"
        shutil.rmtree(partial, ignore_errors=True)
        _run_app(partial, context)
        partial.rename(result)
    return result


def _local_context() -> dict[str, str]:
    context = {"stage": "local", "python": f"{sys.version_info.major}.{sys.version_info.minor}"}
    origins = os.environ.get("CORS_ORIGINS")
    return context | {"cors_origins": origins} if origins else context


def source_digest(context: dict[str, str]) -> str:
    digest = hashlib.sha256(json.dumps([sys.version_info[:2], context], sort_keys=True).encode())
    for path in _source_files():
        digest.update(f"{path.relative_to(ROOT)}\0".encode() + hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:20]


def _source_files() -> Iterator[Path]:
    for name in SOURCES:
        top = ROOT / name
        if top.is_file():
            yield top
        for folder, folders, files in os.walk(top):
            folders[:] = sorted(f for f in folders if f not in IGNORED_FOLDERS and not f.endswith(".egg-info"))
            yield from (Path(folder) / file for file in sorted(files) if not file.endswith(".pyc"))


def _run_app(target: Path, context: dict[str, str]) -> None:
    """Do as `cdk synth` does, without the Node command line: the app reads its context from the environment."""
    settings = json.loads((ROOT / "cdk.json").read_text())
    here = {"CDK_DEFAULT_ACCOUNT": ACCOUNT_ID, "CDK_DEFAULT_REGION": REGION} if context["stage"] == "local" else {}
    env = (
        os.environ
        | here
        | {
            "CDK_OUTDIR": str(target),
            "CDK_CONTEXT_JSON": json.dumps(settings.get("context", {}) | context),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        }
    )
    process = None
    try:
        with held_signals():
            process = subprocess.Popen(
                [sys.executable, "app.py"],
                cwd=ROOT,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,  # shown on failure only: jsii prints a page about the age of Node
                start_new_session=True,
            )
        output, _ = process.communicate()
    except BaseException:  # a signal: end the app and the Node process behind it
        if process is not None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        raise
    if process.returncode:
        raise SynthFailed(f"The CDK app failed:\n{output.decode(errors='replace')}")


def _delete_old() -> None:
    earlier = sorted((p for p in SYNTHESISED.iterdir() if p.is_dir()), key=lambda p: p.stat().st_mtime)
    for path in earlier[:-KEPT]:
        shutil.rmtree(path, ignore_errors=True)
