"""Archives for Lambda: complete, quick to import, the same bytes for the same sources."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from infra import archives, bytecode
from infra.archives import dependencies_layer, function_archive, shared_layer
from infra.functions import FUNCTIONS
from infra.sdk_data import SDK_SERVICES
from infra.stages import STAGES, stage_from

LOCAL = STAGES["local"]
SHARED = Path(__file__).parents[2] / "layers" / "shared" / "python"
MAX_UNZIPPED_BYTES = 250 * 1024 * 1024
"""https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html"""


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    """/opt and /var/task of every function, as Lambda unpacks them."""
    folder = tmp_path_factory.mktemp("lambda")
    for layer in (dependencies_layer(LOCAL), shared_layer(LOCAL)):
        zipfile.ZipFile(layer).extractall(folder / "opt")
    for row in FUNCTIONS:
        zipfile.ZipFile(function_archive(row, LOCAL)).extractall(folder / row.name)
    return folder


def test_every_module_is_compiled():
    names = set(zipfile.ZipFile(shared_layer(LOCAL)).namelist())
    sources = {name for name in names if name.endswith(".py")}
    tag = sys.implementation.cache_tag
    assert {f"python/{path.relative_to(SHARED)}" for path in SHARED.rglob("*.py")} == sources
    assert {re.sub(r"([^/]+)\.py$", rf"__pycache__/\1.{tag}.pyc", name) for name in sources} <= names


def test_archives_include_files_other_than_code():
    names = set(zipfile.ZipFile(shared_layer(LOCAL)).namelist())
    data = {
        f"python/{p.relative_to(SHARED)}" for p in SHARED.rglob("*") if p.is_file() and p.suffix in (".lark", ".typed")
    }
    assert data <= names


@pytest.mark.parametrize("row", FUNCTIONS, ids=lambda row: row.name)
def test_a_function_has_its_own_folder_only(row):
    names = zipfile.ZipFile(function_archive(row, LOCAL)).namelist()
    kind = row.folder.partition("/")[0]
    shared = {"functions/__init__.py", f"functions/{kind}/__init__.py", *row.files}
    foreign = [
        n for n in names if not n.startswith(f"functions/{row.folder}/") and n not in shared and "__pycache__" not in n
    ]
    assert foreign == []
    assert set(row.files) <= set(names)


def test_handlers_import_from_the_archives_alone(unpacked):
    """With neither the repository nor its environment on the path, no network and no settings."""
    check = (
        "import importlib, sys\n"
        "root = sys.argv[1]\n"
        "sys.path[:0] = [f'{root}/opt/python']\n"
        "for pair in sys.argv[2:]:\n"
        "    name, module = pair.split('=')\n"
        "    sys.path.insert(0, f'{root}/{name}')\n"
        "    for known in [m for m in sys.modules if m.split('.')[0] == 'functions']: del sys.modules[known]\n"
        "    assert callable(importlib.import_module(module).lambda_handler)\n"
        "    sys.path.pop(0)\n"
        "assert not [m for m in sys.modules.values() if 'site-packages' in (getattr(m, '__file__', None) or '')]\n"
    )
    rows = [f"{row.name}={row.module}" for row in FUNCTIONS]
    environment = {"PATH": os.environ["PATH"], "POWERTOOLS_TRACE_DISABLED": "true"}
    answer = subprocess.run(
        [sys.executable, "-I", "-S", "-B", "-c", check, str(unpacked), *rows],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr[-2000:]


def test_the_services_that_the_code_calls_are_in_the_layer():
    called = {name for path in SHARED.rglob("*.py") for name in re.findall(r'client\("([a-z0-9]+)"', path.read_text())}
    assert called
    assert called <= SDK_SERVICES


REGIONS = ("eu-central-1", "us-east-1", "us-gov-west-1", "cn-north-1", "eusc-de-east-1")
CALLS = {
    "dynamodb": "list_tables",
    "kms": "list_keys",
    "s3": "list_buckets",
    "scheduler": "list_schedules",
    "secretsmanager": "list_secrets",
    "sesv2": "get_account",
    "sns": "list_platform_applications",
    "sqs": "list_queues",
    "ssm": "describe_parameters",
    "stepfunctions": "list_state_machines",
    "sts": "get_caller_identity",
}
DESCRIBE_CLIENTS = f"""
import json
from botocore.session import get_session
class Sent(Exception): pass
def show(request, **_):
    print(request.method, request.url, request.body)
    raise Sent
session = get_session()
for service, call in {CALLS}.items():
    for region in {REGIONS}:
        client = session.create_client(service, region, aws_access_key_id="x", aws_secret_access_key="x")
        client.meta.events.register_first("before-send", show)
        try: getattr(client, call)()
        except Sent: pass
        model = client.meta.service_model
        print(service, client.meta.endpoint_url, client.meta.config.signature_version, sorted(model.operation_names))
    print(json.dumps({{name: sorted(model.shape_for(name).metadata) for name in model.shape_names}}))
    print({{name: model.shape_for(name).type_name for name in model.shape_names}})
"""


def test_the_trimmed_sdk_makes_the_same_clients_as_the_complete_sdk(unpacked):
    def described(*arguments, **environment):
        command = [sys.executable, *arguments, "-B", "-c", DESCRIBE_CLIENTS]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    layer = unpacked / "opt" / "python"
    assert set(CALLS) == SDK_SERVICES
    assert described("-S", PYTHONPATH=str(layer)) == described()
    assert (layer / "botocore" / "data" / "endpoints.json").stat().st_size < 100_000


def test_layers_fit(unpacked):
    assert sum(path.stat().st_size for path in (unpacked / "opt").rglob("*") if path.is_file()) < MAX_UNZIPPED_BYTES


def test_the_same_sources_give_the_same_bytes(tmp_path):
    folder = tmp_path / "in"
    (folder / "package").mkdir(parents=True)
    (folder / "package" / "module.py").write_text("x = 1\n")
    bytecode.compile_all(folder, "/opt", LOCAL.python)
    archives._pack(tmp_path / "one.zip", folder)
    os.utime(folder / "package" / "module.py", (0, 0))
    archives._pack(tmp_path / "two.zip", folder)
    assert (tmp_path / "one.zip").read_bytes() == (tmp_path / "two.zip").read_bytes()


def test_a_stage_is_picked_by_name_and_single_settings_by_context():
    assert stage_from({"stage": "dev", "alarm_email": "ops@example.com"}.get).alarm_email == "ops@example.com"
    assert stage_from({}.get).name == "prod"
    with pytest.raises(KeyError):
        stage_from({"stage": "unknown"}.get)


def test_bytecode_can_be_made_without_an_interpreter_of_the_runtime(tmp_path):
    """CPython 3.13 for WebAssembly compiles where there is only 3.11; the number says for which interpreter."""
    if not bytecode._is_pyodide_installed(STAGES["prod"].python):
        pytest.skip("needs Pyodide: make node_modules/.installed")  # .ci/run installs it
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "module.py").write_text("x = 1\n")
    bytecode._compile_on_node(tmp_path, "/opt/python")
    made = (tmp_path / "package" / "__pycache__" / "module.cpython-313.pyc").read_bytes()
    assert made[:4] == MAGIC_3_13
    assert made[4:8] == UNCHECKED
    assert b"/opt/python/package/module.py" in made


MAGIC_3_13 = (3571).to_bytes(2, "little") + b"\r\n"
"""https://github.com/python/cpython/blob/3.13/Include/internal/pycore_magic_number.h"""
UNCHECKED = b"\x01\0\0\0"
"""By hash, and never compared: https://peps.python.org/pep-0552/"""


def test_an_archive_without_bytecode_is_not_taken_once_there_can_be_some(monkeypatch, tmp_path):
    monkeypatch.setattr(archives, "KEPT", tmp_path)
    with_bytecode = function_archive(FUNCTIONS[0], LOCAL)
    monkeypatch.setattr(archives.bytecode, "can_compile", lambda python: False)
    assert function_archive(FUNCTIONS[0], LOCAL).name != with_bytecode.name
