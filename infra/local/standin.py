"""Start and stop ministack, the stand-in for AWS, as a child process with an environment of its own."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from infra.local.signals import held_signals

ROOT = Path(__file__).resolve().parents[2]
INTERPRETER = ROOT / ".local" / "standin-venv" / "bin" / "python"
LAUNCHER = Path(__file__).with_name("ministack_launcher.py")

# The data plane of its API Gateway is unsigned, so APIs are only found in the account and region it was started with.
ACCOUNT_ID = "111122223333"
REGION = "eu-central-1"

START_TIMEOUT_S = 30
STOP_TIMEOUT_S = 30
WRITING_TIMEOUT_S = 900
"""It writes its state while it stops; a lot of data on a slow disk takes minutes, and all of it would be lost."""
SAY_AFTER_S = 3


class StandinFailed(Exception):
    """The stand-in did not start; the message holds the end of its log."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def temporary_root() -> Path:
    """Return the folder in which workers unpack code at each cold start: in memory if the system has such a folder."""
    shm = Path("/dev/shm")
    return shm if os.access(shm, os.W_OK) else Path(tempfile.gettempdir())


class Standin:
    """One ministack process.

    `state_dir` keeps all data over clean stops (None: in memory only). `extra_env` reaches ministack and every Lambda
    function it runs, for instance AWS_ENDPOINT_URL_SESV2. `port` is used when it is free, so that URLs stored by an
    earlier run stay right.
    """

    def __init__(
        self,
        *,
        state_dir: Path | None = None,
        port: int | None = None,
        extra_env: dict[str, str] | None = None,
        concurrency: int = 32,
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._say = say
        self.port = port if port and is_free(port) else free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        self._state_dir = state_dir
        self.extra_env = extra_env or {}
        self._concurrency = concurrency
        self._process: subprocess.Popen[bytes] | None = None
        self._tmp: Path | None = None

    def start(self) -> None:
        """Start it, and wait until it answers. Stop it and raise StandinFailed if it does not answer."""
        if not INTERPRETER.exists():
            raise StandinFailed("The stand-in is not installed: run `make run` or `make test`, which set it up.")
        self._tmp = Path(tempfile.mkdtemp(prefix="postrider-", dir=temporary_root()))
        try:
            with self._log_path().open("wb") as log, held_signals():
                self._process = subprocess.Popen(
                    [str(INTERPRETER), str(LAUNCHER)],
                    env=self._environment(),
                    cwd=self._tmp,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,  # Ctrl-C goes to the parent alone, which stops everything in order
                )
            self._await_health()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop it and its workers, after it has written its state, if it has any. Do nothing if it does not run."""
        process, self._process = self._process, None
        if process is not None and process.poll() is None:
            process.terminate()
            try:
                self._wait_for_end(process)
            except subprocess.TimeoutExpired:
                self._say("the stand-in for AWS did not end: it is ended now, and what it did not write is lost")
                os.killpg(process.pid, signal.SIGKILL)  # with its workers: it leads a session of its own
                process.wait()
        if self._tmp is not None:
            shutil.rmtree(self._tmp, ignore_errors=True)

    def _wait_for_end(self, process: "subprocess.Popen[bytes]") -> None:
        """Wait for the end of the process, which writes its state first. Raises TimeoutExpired."""
        if self._state_dir is None:
            process.wait(STOP_TIMEOUT_S)
            return
        try:
            process.wait(SAY_AFTER_S)
        except subprocess.TimeoutExpired:
            self._say("writing the data; ending this now would lose what was done since it was last written")
            process.wait(WRITING_TIMEOUT_S)

    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def process_id(self) -> int:
        """The id of its process, while it runs."""
        assert self._process is not None
        return self._process.pid

    def sdk_environment(self) -> dict[str, str]:
        """Return the environment with which an AWS SDK calls only this stand-in."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            "AWS_ACCESS_KEY_ID": ACCOUNT_ID,  # ministack takes a 12-digit access key as the account
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        }

    def client(self, service: str) -> Any:
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=ACCOUNT_ID,
            aws_secret_access_key="local",
            config=Config(retries={"max_attempts": 2}, read_timeout=120, s3={"addressing_style": "path"}),
        )

    def log_tail(self, lines: int = 25) -> str:
        path = self._log_path()
        return "\n".join(path.read_text(errors="replace").splitlines()[-lines:]) if path.exists() else ""

    def _log_path(self) -> Path:
        if self._state_dir is None:
            assert self._tmp is not None
            return self._tmp / "ministack.log"
        self._state_dir.mkdir(parents=True, exist_ok=True)
        return self._state_dir / "ministack.log"

    def _environment(self) -> dict[str, str]:
        """Clean, because workers inherit it: nothing of the developer's AWS settings may reach the functions."""
        assert self._tmp is not None
        env = {
            "PATH": os.environ.get("PATH", os.defpath),
            "HOME": str(self._tmp),
            "TMPDIR": str(self._tmp),
            "LANG": "C.UTF-8",
            "TZ": "UTC",
            "PYTHONDONTWRITEBYTECODE": "1",
            # Else each thread of ministack that has unpacked a layer keeps 30 MB (mallopt(3), dynamic M_MMAP_THRESHOLD).
            "MALLOC_MMAP_THRESHOLD_": "1048576",
            "BIND_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(self.port),
            "MINISTACK_ACCOUNT_ID": ACCOUNT_ID,
            "MINISTACK_REGION": REGION,
            "MINISTACK_HOST": "127.0.0.1",
            "LAMBDA_ACCOUNT_CONCURRENCY": str(self._concurrency),
            "LAMBDA_WARM_TTL_SECONDS": "60",
            "IOT_MTLS_ENABLED": "0",  # these two listen on fixed ports
            "SFTP_ENABLED": "0",
            "LOG_LEVEL": "WARNING",
            "STANDIN_PARENT_PID": str(os.getpid()),
            "AWS_ACCESS_KEY_ID": ACCOUNT_ID,
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_EC2_METADATA_DISABLED": "true",
        }
        if self._state_dir is not None:
            data = self._state_dir / "aws"
            env |= {"PERSIST_STATE": "1", "STATE_DIR": str(data), "S3_PERSIST": "1", "S3_DATA_DIR": str(data / "s3")}
        return env | self.extra_env

    def _await_health(self) -> None:
        deadline = time.monotonic() + START_TIMEOUT_S
        while time.monotonic() < deadline:
            if not self.running():
                raise StandinFailed(f"The stand-in for AWS ended while it started:\n{self.log_tail()}")
            try:
                with urllib.request.urlopen(f"{self.endpoint}/_ministack/health", timeout=2):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.02)
        raise StandinFailed(f"The stand-in for AWS did not answer within {START_TIMEOUT_S} s:\n{self.log_tail()}")
