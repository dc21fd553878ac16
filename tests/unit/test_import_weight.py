"""The imports of a function determine the duration of its cold start."""

import json
import subprocess
import sys

from infra.functions import FUNCTIONS

AREAS = [row for row in FUNCTIONS if row.modules]


def loaded(code):
    """Return the names of all modules that a fresh process has loaded after this code."""
    process = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport json, sys\nprint(json.dumps(list(sys.modules)))"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(process.stdout.splitlines()[-1]))


def test_the_tracking_endpoints_import_neither_the_framework_nor_validation_nor_the_sdk():
    """They answer bursts; the SDK is imported when the first event is enqueued."""
    modules = loaded("import functions.tracking.handler")
    assert not modules & {"pydantic", "aws_lambda_powertools.event_handler", "pynamodb", "botocore.session", "boto3"}


def test_recording_a_pixel_needs_neither_the_framework_nor_validation():
    modules = loaded(
        "from postrider import bootstrap\n"
        "from postrider.adapters import secrets\n"
        "secrets.root_secret = lambda arn: b'x' * 32\n"
        "bootstrap.tracking()"
    )
    assert "postrider.tracking.service" in modules
    assert not modules & {"pydantic", "aws_lambda_powertools.event_handler"}


def test_an_area_imports_no_route_module_before_its_first_call():
    modules = loaded(f"import {', '.join(area.module for area in AREAS)}")
    assert not modules & {f"{area.package}.{module}" for area in AREAS for module in area.modules}
    assert not {name for name in modules if "schemas_" in name and name.startswith("functions.")}


def test_what_few_calls_need_is_not_imported_with_a_route_module():
    """Models of the document, what compiles contents, and the parser of mails, each of which is slow to import."""
    apps = "\n".join(f"{area.module}.lambda_handler.app('{module}')" for area in AREAS for module in area.modules)
    modules = loaded(f"import {', '.join(area.module for area in AREAS)}\n{apps}")
    assert "aws_lambda_powertools.event_handler.openapi.params" in modules
    slow = {"aws_lambda_powertools.event_handler.openapi.models", "postrider.content.merge", "email.policy"}
    assert not modules & (slow | {"babel", "cssselect", "inscriptis", "liquid", "lxml", "tinycss2"})
