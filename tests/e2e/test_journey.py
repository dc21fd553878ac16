"""The main use end to end, over HTTP only: from a new sender to a report with opens and clicks."""

import pytest

from infra.local import demo


@pytest.fixture(scope="module")
def api(local_stack, deployment):
    api = demo.Api(deployment.url)
    api.log_in(deployment.email, deployment.password)
    return api


def test_a_campaign_reaches_its_readers_and_the_report_tells_what_they_did(api, deployment):
    sender_id = demo.confirmed_sender(api, deployment.email)
    list_id = demo.filled_list(api, sender_id)
    campaign_id = demo.sent_campaign(api, list_id, sender_id)
    played = demo.play_readers(api)
    report = demo.report_of(api, campaign_id, played)
    assert report["sent_emails"] == demo.CONTACTS
    assert (report["unique_opens"], report["unique_clicks"]) == (demo.OPENS, demo.CLICKS)
    assert (report["bounces"], report["bounces_hard"]) == (demo.BOUNCES + demo.SOFT_BOUNCES, demo.BOUNCES)
    assert (report["spams"], report["unsubscribes"]) == (demo.COMPLAINTS, demo.UNSUBSCRIBES)
    mails = demo.campaign_mails(api)
    assert len(mails) == len({mail.to for mail in mails}) == demo.CONTACTS
    for mail in mails:
        assert mail.headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
