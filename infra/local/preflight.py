"""Check the requirements on this machine, and print what to install. Uses the standard library only, for any Python 3."""

import re
import shutil
import subprocess
import sys

MIN_PYTHON = (3, 11)
MIN_NODE = 20  # the CDK library runs on Node through jsii


def problems() -> "list[str]":
    """Return a sentence for each missing requirement."""
    missing = []
    if sys.version_info < MIN_PYTHON:
        missing.append(
            "Postrider needs Python 3.11 or newer; this is {}.{}. Choose another with `make PYTHON=python3.11`.".format(
                *sys.version_info[:2]
            )
        )
    if shutil.which("make") is None:
        missing.append("Postrider needs make (Debian: apt install make).")
    node = shutil.which("node")
    if node is None:
        missing.append("Postrider needs Node 20 or newer for the CDK library (https://nodejs.org).")
    else:
        version = subprocess.run([node, "--version"], stdout=subprocess.PIPE, check=False).stdout.decode().strip()
        major = re.match(r"v(\d+)", version)
        if major is None or int(major.group(1)) < MIN_NODE:
            missing.append(
                "Postrider needs Node 20 or newer for the CDK library; this is {}.".format(version or "unknown")
            )
    return missing


def check() -> None:
    """Exit with all problems, if there are any."""
    missing = problems()
    if missing:
        sys.exit("\n".join(missing))


if __name__ == "__main__":
    check()
