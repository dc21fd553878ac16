"""The domains of bounces and of tracked links, and DMARC, over HTTP."""

import re
from contextlib import contextmanager

import pytest

from postrider import bootstrap
from tests.functional.domains.test_dkim import new_domain, verified_key
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.campaigns import make_campaign
from tests.testing.factories.lists import make_list, make_sender
from tests.testing.harness import Api
from tests.testing.overrides import overridden

PATH = "/brands/default/domains/default"


@pytest.fixture
def owner(platform):
    return make_owner()


@pytest.fixture
def dns(platform):
    platform.aws.dns.clear()
    return platform.aws.dns


def change(owner, **domains):
    return owner.api.patch(PATH, json={"domains": domains})


def validated(owner):
    answer = owner.api.get(f"{PATH}/validate")
    assert answer.status == 200, answer.text
    return answer.json["data"]


def test_domains_that_are_not_set_are_empty(owner):
    assert owner.api.get(PATH).json["data"] == {"auth": "", "bounce": "", "dkim": "", "tracking": ""}
    assert validated(owner) == {"bounce": [], "tracking": [], "dmarc": []}


def test_each_domain_is_changed_alone_and_cleared_with_null(owner):
    domain = new_domain()
    answer = change(owner, bounce=f"Bounce.{domain}", tracking=f"https://track.{domain}/ignored?x=1")
    assert (answer.status, answer.json["object"], answer.json["patched"]) == (200, "domains", True)
    assert answer.json["data"]["bounce"] == f"bounce.{domain}"
    assert answer.json["data"]["tracking"] == f"https://track.{domain}"
    assert change(owner, bounce=None).json["data"]["bounce"] == ""
    assert owner.api.get(PATH).json["data"]["tracking"] == f"https://track.{domain}"


def test_invalid_domains_are_refused(owner):
    for domains in ({"bounce": "no domain"}, {"bounce": "localhost"}, {"tracking": "https://127.0.0.1"}):
        answer = change(owner, **domains)
        (name,) = domains
        assert (answer.status, answer.json["detail"][0]["loc"]) == (400, ["body", "domains", name]), domains
    assert owner.api.get(PATH).json["data"]["bounce"] == ""


def test_the_mail_from_domain_is_used_after_its_parent_domain_is_active(owner, dns, platform):
    domain = new_domain()
    host = f"bounce.{domain}"
    change(owner, bounce=host)
    before = validated(owner)["bounce"]
    assert [(record["type"], record["name"], record["valid"]) for record in before] == [
        ("MX", host, False),
        ("TXT", host, False),
    ]
    for record in before:
        dns.publish(record["name"], record["type"], record["value"])
    assert {record["problem"] for record in validated(owner)["bounce"]} == {"not_used"}
    verified_key(owner, dns, domain)
    assert platform.aws.ses.identities.get(domain)["MailFromAttributes"]["MailFromDomain"] == host
    assert [record["valid"] for record in validated(owner)["bounce"]] == [True, True]
    change(owner, bounce=f"mail.{domain}")
    assert platform.aws.ses.identities.get(domain)["MailFromAttributes"]["MailFromDomain"] == f"mail.{domain}"
    change(owner, bounce=None)
    assert "MailFromDomain" not in platform.aws.ses.identities.get(domain)["MailFromAttributes"]


def test_the_domains_of_the_own_account_are_set_with_the_account_too(owner, dns, platform):
    domain = new_domain()
    verified_key(owner, dns, domain)
    assert owner.api.patch("/accounts/self", json={"domains": {"bounce": f"b.{domain}"}}).status == 200
    assert owner.api.get(PATH).json["data"]["bounce"] == f"b.{domain}"
    assert platform.aws.ses.identities.get(domain)["MailFromAttributes"]["MailFromDomain"] == f"b.{domain}"
    assert owner.api.patch("/accounts/self", json={"domains": {"bounce": "no domain"}}).status == 400


class Web:
    """A fetcher for which some URLs lead to this deployment, and all others to another one."""

    def __init__(self, *urls):
        self.urls = urls

    @contextmanager
    def fetch(self, url, *, max_bytes):
        base, _, path = url.rpartition("/token/")
        answer = Api().get(f"/token/{path}").text if base in self.urls else '{"pubkey": "of another one"}'
        yield iter([answer.encode()])


@pytest.fixture
def web(platform):
    """The rest of the internet leads elsewhere."""
    fetcher = Web()
    with overridden(fetcher=fetcher):
        yield fetcher


def test_the_domain_of_links_points_here(owner, dns, web):
    domain = new_domain()
    verified_key(owner, dns, domain)
    change(owner, tracking=f"https://track.{domain}")
    (record,) = validated(owner)["tracking"]
    assert (record["type"], record["name"], record["value"]) == ("CNAME", f"track.{domain}", "mail.example.com")
    assert (record["valid"], record["problem"]) == (False, "missing")
    dns.publish(f"track.{domain}.{domain}", "CNAME", "mail.example.com")
    assert validated(owner)["tracking"][0]["problem"] == "doubled_domain"
    dns.publish(f"track.{domain}", "CNAME", "mail.example.com")
    assert validated(owner)["tracking"][0]["problem"] == "not_used", "the API has no certificate for it"
    web.urls = (f"https://track.{domain}",)
    assert validated(owner)["tracking"][0]["valid"] is True
    dns.publish(f"track.{domain}", "CNAME", "proxy.example.net")
    assert validated(owner)["tracking"][0]["valid"] is True, "a proxy in front of the API does no harm"


def test_links_begin_with_the_domain_only_after_the_deployment_answers_there(owner, dns, web, platform):
    """Links to leave do not, so that they work also when the domain has stopped working."""
    domain = new_domain()
    url = f"https://track.{domain}"
    change(owner, tracking=url)

    def mailed_links():
        reader = f"reader@{new_domain()}"
        list_id = make_list(owner)
        owner.api.post(f"/lists/{list_id}/contacts", json={"email": reader})
        assert owner.api.post(f"/campaigns/{make_campaign(owner, list_id=list_id)}/schedule").status == 200
        platform.ring()
        platform.drain()
        html = platform.aws.ses.mailbox.latest(to=reader)[0]["html"]
        return {path: base for base, path in re.findall(r'(?:href|src)="(https://[^/]+)/([a-z])/', html)}

    here = "https://mail.example.com"
    assert mailed_links() == {"c": here, "o": here, "u": here}
    web.urls = (url,)
    validated(owner)
    bootstrap.reset()  # other processes know it within half a minute
    assert mailed_links() == {"c": url, "o": url, "u": here}
    content = {"subject": "S", "html": '<p><a href="https://example.com/">x</a></p>', "encoding": "utf-8"}
    mail = {"email": f"one@{domain}", "sender": {"id": make_sender(owner)}, "content": content}
    assert owner.api.post("/emails", json=mail).status == 201
    platform.drain()
    assert f'"{url}/c/' in platform.aws.ses.mailbox.latest(to=f"one@{domain}")[0]["html"]
    change(owner, tracking=f"https://other.{domain}")
    bootstrap.reset()
    assert mailed_links() == {"c": here, "o": here, "u": here}
    change(owner, tracking=url)
    web.urls = ()
    validated(owner)
    bootstrap.reset()
    assert mailed_links() == {"c": here, "o": here, "u": here}


def test_one_spf_record_has_to_name_ses(owner, dns):
    host = f"bounce.{new_domain()}"
    change(owner, bounce=host)
    dns.publish(host, "TXT", "v=spf1 include:_spf.example.net include:amazonses.com -all", "another text")
    assert validated(owner)["bounce"][1]["problem"] == "not_used", "other terms and other texts do no harm"
    dns.publish(host, "TXT", "v=spf1 include:amazonses.com ~all", "v=spf1 -all")
    assert validated(owner)["bounce"][1]["problem"] == "several"
    dns.publish(host, "TXT", "v=spf1 -all")
    assert validated(owner)["bounce"][1]["problem"] == "other_value"


def test_the_dmarc_record_of_each_active_domain_is_looked_up(owner, dns):
    domain = new_domain()
    sub_domain = f"news.{domain}"
    verified_key(owner, dns, sub_domain)
    (missing,) = validated(owner)["dmarc"]
    assert (missing["name"], missing["problem"]) == (f"_dmarc.{sub_domain}", "missing")
    dns.publish(f"_dmarc.{domain}", "TXT", "v=DMARC1; p=reject; rua=mailto:d@example.com")
    (above,) = validated(owner)["dmarc"]
    assert (above["valid"], above["found_values"]) == (True, ["v=DMARC1; p=reject; rua=mailto:d@example.com"])
    dns.publish(f"_dmarc.{sub_domain}", "TXT", "v=DMARC1; rua=mailto:d@example.com")
    assert validated(owner)["dmarc"][0]["problem"] == "other_value", "the nearest one counts"


def test_domains_of_another_account_are_refused(owner, dns):
    domain, other = new_domain(), make_owner()
    verified_key(owner, dns, domain)
    for domains in ({"bounce": f"bounce.{domain}"}, {"tracking": f"https://track.{domain}"}):
        assert change(other, **domains).status == 403
    assert other.api.get(PATH).json["data"]["bounce"] == ""
