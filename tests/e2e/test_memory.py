"""The memory of the local platform while many of its functions run."""

from concurrent.futures import ThreadPoolExecutor

import httpx

from infra.bench.processes import process_mb
from infra.local.demo import Api

MOST_MB = 180
"""Of the stand-in without its functions: 115 alone, 153 with the data of all tests here, 80 more when each thread keeps the layer
that it has unpacked."""
PATHS = (
    "/lists",
    "/campaigns",
    "/tasks",
    "/users",
    "/campaign-blueprints",
    "/reference",
    "/subscribe/none",
    "/o/none",
    "/audience/v1/none/list",
    "/token/pubkey",
)


def test_the_stand_in_keeps_nothing_of_the_processes_that_it_has_started(local_stack, deployment):
    api = Api(deployment.url)
    api.log_in(deployment.email, deployment.password)

    def call(path: str) -> int:
        headers = {"Authorization": f"Bearer {api.token}"}
        return httpx.get(deployment.url + path, headers=headers, timeout=90).status_code

    with ThreadPoolExecutor(len(PATHS)) as threads:
        assert max(threads.map(call, PATHS)) < 500
    assert process_mb(local_stack.standin.process_id) < MOST_MB
