"""Rows of functions, folders, routes and queues agree, before anything is synthesised."""

import ast
from dataclasses import fields
from pathlib import Path

import pytest

from infra.functions import FUNCTIONS, QUEUES, can_loop
from infra.models import MODELS
from infra.openapi import routes
from infra.rows import MAIN, Grants, Permission
from postrider.usecases.empty_list import WRITERS_END_S
from tests.testing.grants import ROWS

ROOT = Path(__file__).parents[2]
HANDLERS = {path.relative_to(ROOT).with_suffix("") for path in ROOT.glob("functions/**/handler*.py")}
MAX_NAME = 64 - len("postrider-local-")
"""https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html"""


def test_every_function_has_a_row_and_every_row_a_handler():
    assert sorted(row.module for row in FUNCTIONS) == sorted(".".join(path.parts) for path in HANDLERS)


AREAS = [row for row in FUNCTIONS if row.modules]


def test_every_route_module_of_an_area_has_a_row_in_one_function():
    modules = sorted(f"{row.folder}/{module}" for row in AREAS for module in row.modules)
    folders = {ROOT / "functions" / row.folder for row in AREAS}
    files = (path.relative_to(ROOT / "functions") for folder in folders for path in folder.glob("routes_*.py"))
    assert modules == sorted(path.with_suffix("").as_posix() for path in files)


@pytest.mark.parametrize("row", AREAS, ids=lambda row: row.name)
def test_an_area_may_touch_what_any_of_its_modules_may(row):
    for grant in fields(Grants):
        allowed = {value for module in row.modules.values() for value in getattr(module, grant.name)}
        assert set(getattr(row, grant.name)) == allowed - (set(row.writes) if grant.name == "reads" else set())


def test_names_are_unique_and_fit():
    names = [row.name for row in FUNCTIONS]
    assert len(set(names)) == len(names)
    assert max(map(len, names)) <= MAX_NAME


def test_every_worker_has_a_queue_and_only_workers_have():
    workers = {row.name for row in FUNCTIONS if row.folder.startswith("workers/")}
    assert workers == set(QUEUES)


def test_every_schedule_has_a_rate():
    assert {row.folder for row in FUNCTIONS if row.folder.startswith("schedules/")} == {
        row.folder for row in FUNCTIONS if row.every_minutes
    }


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_a_row_names_only_existing_resources(row):
    assert {*row.reads, *row.writes, *row.inserts} <= MODELS.keys()
    assert not set(row.reads) & set(row.writes), "writing includes reading"
    assert set(row.inserts) <= set(row.writes)
    assert set(row.sends_to) <= QUEUES.keys()
    assert all(prefix.endswith("/") for prefix in (*row.gets, *row.puts))


def test_every_queue_has_a_sender():
    """SES writes to one of them; who else is not written to is of no use."""
    written = {name for row in FUNCTIONS for name in row.sends_to}
    assert set(QUEUES) - written == {"record-ses-events"}


def test_every_function_of_the_api_has_routes_and_each_route_has_one_function():
    all_routes = routes()
    assert {route.function.folder for route in all_routes} == {row.folder for row in FUNCTIONS if row.dialect}
    keys = [(route.method, route.path) for route in all_routes]
    assert len(set(keys)) == len(keys)


def test_only_the_token_endpoint_signs():
    assert [row.folder for row in FUNCTIONS if Permission.SIGN_TOKENS in row.can] == ["api/tokens"]


def test_every_group_of_the_main_api_can_check_tokens():
    assert all(
        Permission.VERIFY_TOKENS in module.can
        for row in FUNCTIONS
        if row.dialect == MAIN
        for module in row.modules.values()
    )


def test_a_worker_that_orders_its_own_work_is_known():
    """Lambda would stop it after 16 turns."""
    assert {row.name for row in FUNCTIONS if can_loop(row)} >= {"send-chunks"}


def test_functions_import_neither_the_sdk_nor_storage():
    for path in ROOT.glob("functions/**/*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not {name.partition(".")[0] for name in names} & {"boto3", "botocore", "pynamodb"}, path


def test_writers_of_contacts_end_before_the_second_emptying_of_a_deleted_list():
    assert max(row.timeout_s for row in FUNCTIONS if "contacts" in row.writes) < WRITERS_END_S
