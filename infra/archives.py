"""Archives for Lambda, built here and kept by content: two layers and one small archive per function.

Each holds .pyc files beside the sources: /opt and /var/task are read-only, so that every cold start would compile
again, which takes three times as long as all the rest of importing. One archive per function instead of the CDK's own
directory assets, for these hold no .pyc and are fingerprinted file by file at each synthesis.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

from infra import bytecode, sdk_data
from infra.rows import Function
from infra.stages import HOST_PYTHON, Stage

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / ".local" / "archives"
REQUIREMENTS = ROOT / "layers" / "dependencies" / "requirements.txt"
SHARED = ROOT / "layers" / "shared" / "python"

RECIPE = "".join(
    path.read_text() for path in (Path(__file__), Path(bytecode.__file__), bytecode.SCRIPT, Path(sdk_data.__file__))
)
"""Source of the packing: its hash is part of the names of archives, so that a change of it builds them again."""

LOCALES = frozenset({"root", "en"})
"""Locales of babel that are kept; the others have 30 MB, and no template can use them."""

GLIBC_MINOR = {"3.11": 26}
"""Version of glibc of the runtime: Amazon Linux 2 up to Python 3.11, then 2023 (https://docs.aws.amazon.com/linux/al2023/ug/)."""
GLIBC_MINOR_AL2023 = 34


def dependencies_layer(stage: Stage) -> Path:
    """Everything in layers/dependencies/requirements.txt, as wheels for the stage's platform."""
    target = "host" if stage.for_host and stage.python == HOST_PYTHON else stage.architecture
    inputs = [REQUIREMENTS.read_text(), RECIPE, target, _python(stage)]
    archive = KEPT / f"dependencies-{_digest(*inputs)}.zip"
    if not archive.exists():
        with tempfile.TemporaryDirectory() as folder:
            site = Path(folder) / "python"
            _install(site, stage, platforms=() if target == "host" else _platforms(stage))
            _trim(site)
            bytecode.compile_all(site, "/opt/python", stage.python)
            _pack(archive, Path(folder))
    return archive


def shared_layer(stage: Stage) -> Path:
    """Return the archive of the package postrider."""
    return _archive_of_sources(
        "shared", {path: f"python/{path.relative_to(SHARED)}" for path in _sources(SHARED)}, stage
    )


def function_archive(function: Function, stage: Stage) -> Path:
    """Return the archive of a function: its folder under its import path, and the other files of its row."""
    folder = ROOT / "functions" / function.folder
    parents = [ROOT / "functions" / "__init__.py", folder.parent / "__init__.py"]
    others = [*parents, *(ROOT / file for file in function.files)]
    paths = [*_sources(folder), *(path for path in others if path.exists())]
    return _archive_of_sources(function.name, {path: str(path.relative_to(ROOT)) for path in paths}, stage)


def digest_of(archive: Path) -> str:
    """For the CDK: what is in the archive, known without reading it again."""
    return hashlib.sha256(archive.stem.encode()).hexdigest()


def _archive_of_sources(name: str, places: dict[Path, str], stage: Stage) -> Path:
    parts = [f"{place}\0{hashlib.sha256(path.read_bytes()).hexdigest()}" for path, place in sorted(places.items())]
    archive = KEPT / f"{name}-{_digest(_python(stage), RECIPE, *parts)}.zip"
    if not archive.exists():
        with tempfile.TemporaryDirectory() as folder:
            for path, place in places.items():
                copy = Path(folder) / place
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(path, copy)
            bytecode.compile_all(Path(folder), "/opt" if name == "shared" else "/var/task", stage.python)
            _pack(archive, Path(folder))
    os.utime(archive)
    return archive


def _python(stage: Stage) -> str:
    """Return the runtime, and whether bytecode is included, so that an archive without bytecode is made again later."""
    return f"{stage.python} compiled" if bytecode.can_compile(stage.python) else stage.python


def _digest(*texts: str) -> str:
    return hashlib.sha256("\0".join(texts).encode()).hexdigest()[:24]


def _sources(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path.suffix != ".pyc" and not any(p.endswith(".egg-info") for p in path.parts):
            yield path


def _platforms(stage: Stage) -> tuple[str, ...]:
    """Tags of the wheels that run there; pip takes each literally, so a newer one does not imply the older."""
    machine = "aarch64" if stage.architecture == "arm64" else stage.architecture
    newest = GLIBC_MINOR.get(stage.python, GLIBC_MINOR_AL2023)
    return (*(f"manylinux_2_{minor}_{machine}" for minor in range(newest, 16, -1)), f"manylinux2014_{machine}")


def _install(site: Path, stage: Stage, platforms: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    if platforms:
        command += ["--only-binary=:all:", "--implementation", "cp", "--python-version", stage.python]
        command += [argument for tag in platforms for argument in ("--platform", tag)]
    subprocess.run([*command, "--target", str(site), "-r", str(REQUIREMENTS)], check=True)


def _trim(site: Path) -> None:
    sdk_data.trim(site)
    for locale in (site / "babel" / "locale-data").glob("*.dat"):
        if locale.stem.partition("_")[0] not in LOCALES:
            locale.unlink()
    shutil.rmtree(site / "bin", ignore_errors=True)
    for folder in [*site.glob("*/tests"), *site.glob("*/examples")]:
        shutil.rmtree(folder)


def _pack(archive: Path, folder: Path) -> None:
    """Pack a folder. Equal files give equal bytes."""
    archive.parent.mkdir(parents=True, exist_ok=True)
    handle, partial = tempfile.mkstemp(dir=archive.parent, suffix=".partial")
    os.close(handle)
    with zipfile.ZipFile(partial, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as out:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                entry = zipfile.ZipInfo(str(path.relative_to(folder)), (1980, 1, 1, 0, 0, 0))
                entry.compress_type = zipfile.ZIP_DEFLATED
                entry.external_attr = 0o644 << 16
                out.writestr(entry, path.read_bytes())
    Path(partial).rename(archive)
