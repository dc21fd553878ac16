"""Test mails and the web view."""

from postrider.content.compiled import Options
from postrider.content.links import WebViewLinks
from postrider.content.preview import TrialKind, trial_messages
from postrider.mail_events.source import MailSource
from tests.unit.content.samples import BASE, NOW, TOKENS, compiled, links, merged, parsed, person, sending


def trial(kind, **source):
    messages = trial_messages(
        compiled(**source), sending(), kind, person=person(), links=links(), now=NOW, reference="t"
    )
    return [parsed(message) for message in messages]


def test_a_merged_test_is_one_mail_with_both_parts():
    (message,) = trial(TrialKind.MERGED, html="<p>x</p>", text="x")
    assert message.get_content_type() == "multipart/alternative"


def test_a_separated_test_is_a_mail_for_each_part():
    messages = trial(TrialKind.SEPARATED, html="<p>x</p>", text="x")
    assert [message.get_content_type() for message in messages] == ["text/html", "text/plain"]
    assert len({message["Message-ID"] for message in messages}) == 2


def test_a_separated_test_of_a_text_is_one_mail():
    assert [message.get_content_type() for message in trial(TrialKind.SEPARATED, text="x")] == ["text/plain"]


def test_the_web_view_has_links_that_work_and_counts_no_open():
    content = compiled(Options(), html='<a href="https://a.example">x</a><a href="[UNSUBSCRIBE]">y</a>')
    view = WebViewLinks.of(TOKENS, BASE, account_id="12", source=MailSource.campaign(34), list_id=56, contact_id=789)
    html = merged(content, person(), links=view).html
    assert (html.count("/c/"), html.count("/u/"), html.count("/o/")) == (1, 1, 0)
