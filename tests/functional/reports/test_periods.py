"""A period that ends before it begins is refused by all reports and logs."""

import pytest

from tests.testing.factories.full_account import make_furnished_account

PATHS = (
    "/reports/accounts/self",
    "/reports/accounts/{account_id}",
    "/reports/lists/{list_id}/series",
    "/reports/emails",
    "/logs/emails",
    "/logs/lists/{list_id}",
    "/logs/campaigns/{campaign_id}",
    "/webhooks/{webhook_id}/deliveries",
)


@pytest.fixture(scope="module")
def account(platform):
    return make_furnished_account()


@pytest.mark.parametrize("path", PATHS)
def test_a_period_that_ends_first_is_refused(account, platform, path):
    now = int(platform.clock().timestamp())
    query = {"start_time": now, "end_time": now - 1}
    if path.startswith("/logs/"):
        query["log_type"] = "sent"
    answer = account.api.get(path.format(**account.ids), query=query)
    (problem,) = answer.json["detail"]
    assert (answer.status, problem["type"], problem["loc"]) == (400, "period_invalid", ["query", "end_time"])
    assert "ends before it begins" in problem["msg"]
