"""Bytecode (.pyc) for the Python that functions run on, never checked against its sources' times.

Only the compiler of that very minor version will do; what it makes is the same on every platform. It is an interpreter
of this machine or, where there is none, CPython for WebAssembly on Node (https://pyodide.org), which the Makefile
installs beside the CDK.
"""

import atexit
import json
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

from infra.stages import HOST_PYTHON

SCRIPT = Path(__file__).with_suffix(".mjs")
PYODIDE = Path(__file__).resolve().parents[1] / "node_modules" / "pyodide"


def can_compile(python: str) -> bool:
    return _interpreter(python) is not None or _is_pyodide_installed(python)


def compile_all(folder: Path, place: str, python: str) -> None:
    """Every module below `folder`, which will be found at `place`. Does nothing when there is no compiler."""
    if interpreter := _interpreter(python):
        command = [interpreter, "-m", "compileall", "-q", "-q", "--invalidation-mode", "unchecked-hash"]
        subprocess.run([*command, "-s", str(folder), "-p", place, str(folder)], check=False)  # some ship Python 2 files
    elif _is_pyodide_installed(python):
        _compile_on_node(folder, place)
    else:
        _warn_without_compiler(python)


@cache
def _interpreter(python: str) -> str | None:
    """Return an interpreter of this minor version, or None."""
    if python == HOST_PYTHON:
        return sys.executable
    path = shutil.which(f"python{python}")
    if path and subprocess.run([path, "--version"], capture_output=True, check=False).returncode == 0:
        return path
    return None


@cache
def _is_pyodide_installed(python: str) -> bool:
    """Return whether Pyodide is installed and of this minor version."""
    lock = PYODIDE / "pyodide-lock.json"
    if not lock.exists() or shutil.which("node") is None:
        return False
    version: str = json.loads(lock.read_text())["info"]["python"]
    return version.rpartition(".")[0] == python


def _compile_on_node(folder: Path, place: str) -> None:
    process = _node()
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps({"folder": str(folder), "place": place}) + "\n")
    process.stdin.flush()
    if not process.stdout.readline():
        raise RuntimeError("The compiler on Node has ended; what it said is above.")


@cache
def _node() -> "subprocess.Popen[str]":
    """Started once: that takes two seconds, and there is an archive for every function."""
    process = subprocess.Popen(
        ["node", str(SCRIPT)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=SCRIPT.parent
    )
    atexit.register(process.communicate)  # closes its input, so that it ends
    return process


@cache
def _warn_without_compiler(python: str) -> None:
    print(f"No python{python} on this machine: cold starts will compile the layers each time.", file=sys.stderr)
