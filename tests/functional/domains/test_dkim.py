"""Keys of sending domains over HTTP, verified in the records of a name server on this machine."""

import base64
import uuid

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from infra.local.ses.errors import SesError
from postrider.bootstrap.tables import ALL_TABLES
from postrider.storage.accounts_table import AccountsTableItem
from tests.testing.factories.accounts import make_owner
from tests.testing.logs import captured_lines
from tests.testing.snapshot import items_of_table

KEYS = "/brands/default/dkim"


@pytest.fixture
def owner(platform):
    return make_owner()


@pytest.fixture
def dns(platform):
    """The name server, with no records of another test."""
    platform.aws.dns.clear()
    return platform.aws.dns


def new_domain():
    return f"shop-{uuid.uuid4().hex[:8]}.example"


def make_key(owner, domain, **fields):
    answer = owner.api.post(KEYS, json={"domain": domain, **fields})
    assert answer.status == 201, answer.text
    return answer.json["data"]


def shown(owner, key):
    answer = owner.api.get(f"{KEYS}/{key['id']}")
    assert answer.status == 200, answer.text
    return answer.json["data"]


def publish(dns, key):
    for record in key["records"]:
        dns.publish(record["name"], record["type"], record["value"])


def verified_key(owner, dns, domain, **fields):
    key = make_key(owner, domain, **fields)
    publish(dns, key)
    key = shown(owner, key)
    publish(dns, key)  # those that a key of SES gets once the first one is found
    key = shown(owner, key)
    assert key["status"] == "active", key
    return key


def test_a_key_is_active_once_its_record_is_in_dns(owner, dns):
    domain = new_domain()
    key = make_key(owner, domain, selector="s1")
    assert (key["status"], key["selector"], key["domain"]) == ("unverified", "s1", domain)
    (record,) = key["records"]
    assert record["name"] == f"s1._domainkey.{domain}"
    assert record["value"] == f"v=DKIM1; k=rsa; p={key['public_key']}"
    assert (record["found_values"], record["valid"]) == (None, None)
    (missing,) = shown(owner, key)["records"]
    assert (missing["found_values"], missing["valid"], missing["problem"]) == ([], False, "missing")
    publish(dns, key)
    active = shown(owner, key)
    assert active["status"] == "active"
    assert active["records"][0] | {"found_values": None} == record | {"valid": True}
    assert owner.api.get("/brands/default/domains/default").json["data"] == {
        "auth": domain,
        "bounce": "",
        "dkim": f"s1._domainkey.{domain}",
        "tracking": "",
    }


def test_the_records_of_keys_of_ses_are_shown_after_the_proof_is_found(owner, dns):
    """SES makes them for a domain only, not for an account, so that the first record says whose the domain is."""
    domain = new_domain()
    key = make_key(owner, domain, signing="ses")
    assert [record["name"] for record in key["records"]] == [f"_postrider.{domain}"]
    publish(dns, key)
    pending = shown(owner, key)
    assert (pending["status"], len(pending["records"])) == ("pending", 4)
    assert {record["type"] for record in pending["records"][1:]} == {"CNAME"}
    assert all(record["value"].endswith(".dkim.amazonses.com") for record in pending["records"][1:])
    assert "SES" in pending["problem"]
    publish(dns, pending)
    assert (shown(owner, key)["status"], shown(owner, key)["problem"]) == ("active", None)


def test_the_private_half_is_shown_nowhere_and_stored_unreadable(owner, dns):
    key = make_key(owner, new_domain())
    stored = list(AccountsTableItem.query(f"account#{owner.account_id}", AccountsTableItem.sk.startswith("dkim_key#")))
    assert len(stored) == 1
    assert "PRIVATE" not in str(key)
    assert set(key) == {"id", "status", "selector", "domain", "public_key", "signing", "records", "problem"}
    encrypted = stored[0].encrypted_key
    assert not encrypted.startswith("MII")  # how base64 of a PKCS #8 key begins
    publish(dns, key)
    assert shown(owner, key)["status"] == "active"
    (after,) = AccountsTableItem.query(
        f"account#{owner.account_id}", AccountsTableItem.sk.startswith("dkim_key#"), consistent_read=True
    )
    assert after.encrypted_key is None, "SES has it"


def private_key(bits=2048, form="PKCS8", **options):
    key = rsa.generate_private_key(public_exponent=65537, key_size=bits)
    return _pem(key, form, **options), key


def _pem(key, form, password=None):
    encryption = BestAvailableEncryption(password) if password else NoEncryption()
    return key.private_bytes(Encoding.PEM, getattr(PrivateFormat, form), encryption).decode()


def base64_in(pem):
    return "".join(line for line in pem.splitlines() if not line.startswith("-----"))


def test_a_private_key_of_the_customer_signs(owner, dns, platform):
    """Its record may be in DNS already, published for another service."""
    domain = new_domain()
    pem, key = private_key(1024, "TraditionalOpenSSL")
    numbers = base64.b64encode(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).decode()
    dns.publish(f"mine._domainkey.{domain}", "TXT", f"v=DKIM1; k=rsa; p={numbers}")
    made = make_key(owner, domain, selector="mine", private_key=pem)
    assert made["public_key"] == numbers
    assert shown(owner, made)["status"] == "active"
    other = new_domain()
    assert make_key(owner, other, selector="mine", private_key=base64_in(private_key()[0]))["status"] == "unverified"


def test_a_private_key_is_neither_shown_nor_logged_nor_stored_readable(owner, dns, capfd):
    pem, _ = private_key()
    secret = base64_in(pem)[100:160]
    with captured_lines() as lines:
        answer = owner.api.post(
            KEYS,
            json={"domain": new_domain(), "selector": "mine", "private_key": pem},
            headers={"Idempotency-Key": "x"},
        )
        texts = [answer.text, owner.api.get(KEYS).text, owner.api.get(f"{KEYS}/{answer.json['data']['id']}").text]
        for fault in ({"private_key": pem[:-400]}, {"private_key": pem, "selector": 5}, {"private_key": [pem]}):
            body = {"domain": new_domain(), "selector": "other", **fault}
            refused = owner.api.post(KEYS, json=body)
            assert refused.status in (400, 422)
            texts.append(refused.text)
    texts += [*lines, "".join(capfd.readouterr()), str([items_of_table(t.Meta.table_name) for t in ALL_TABLES])]
    assert [text for text in texts if secret in text.replace("\\n", "").replace("\n", "")] == []


def test_a_key_that_cannot_sign_is_refused(owner):
    ed25519 = Ed25519PrivateKey.generate().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    pem, key = private_key()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    for bad in (
        "",
        "no key",
        ed25519,
        public,
        private_key(3072)[0],
        private_key(password=b"x")[0],
        pem[:-90],
        "A" * 9000,
    ):
        answer = owner.api.post(KEYS, json={"domain": new_domain(), "selector": "mine", "private_key": bad})
        problem = answer.json["detail"][0]
        assert (answer.status, problem["type"], problem["loc"]) == (
            400,
            "private_key_invalid",
            ["body", "private_key"],
        ), bad[:40]


def test_a_private_key_needs_its_selector_and_is_used_once(owner):
    domain = new_domain()
    pem, _ = private_key()
    refusals = {
        "selector_missing": {"domain": domain, "private_key": pem},
        "private_key_not_allowed": {"domain": domain, "private_key": pem, "signing": "ses"},
    }
    for code, body in refusals.items():
        answer = owner.api.post(KEYS, json=body)
        assert (answer.status, answer.json["detail"][0]["type"]) == (400, code)
    make_key(owner, domain, selector="mine", private_key=pem)
    for code, body in {
        "dkim_key_exists": {"domain": domain, "selector": "mine", "private_key": private_key()[0]},
        "private_key_used": {"domain": domain, "selector": "other", "private_key": base64_in(pem)},
    }.items():
        answer = owner.api.post(KEYS, json=body)
        assert (answer.status, answer.json["detail"][0]["type"]) == (400, code)
    assert owner.api.get(KEYS).json["data"][0]["selector"] == "mine"


@pytest.mark.parametrize(
    ("place", "value", "problem"),
    [
        ("{name}.{domain}", "{value}", "doubled_domain"),
        ("{selector}.{domain}", "{value}", "wrong_host"),
        ("{domain}", "{value}", "wrong_host"),
        ("{name}", '"{value}"', "quotes"),
        ("{name}", "{cut}", "split"),
        ("{name}", "v=DKIM1; k=rsa; p=MIIBanother", "other_value"),
    ],
)
def test_the_usual_mistakes_are_named(owner, dns, place, value, problem):
    domain = new_domain()
    key = make_key(owner, domain, selector="sel")
    (record,) = key["records"]
    words = {
        "name": record["name"],
        "domain": domain,
        "selector": "sel",
        "value": record["value"],
        "cut": record["value"][:255],
    }
    dns.publish(place.format(**words), "TXT", value.format(**words))
    (checked,) = shown(owner, key)["records"]
    assert (checked["valid"], checked["problem"]) == (False, problem)
    assert checked["hint"]


def test_a_record_of_the_wrong_type_is_named(owner, dns):
    key = make_key(owner, new_domain())
    dns.publish(key["records"][0]["name"], "CNAME", "somewhere.example.com")
    (checked,) = shown(owner, key)["records"]
    assert checked["problem"] == "wrong_type"


def test_a_target_with_the_own_domain_at_its_end_is_named(owner, dns):
    domain = new_domain()
    key = make_key(owner, domain, signing="ses")
    publish(dns, key)
    record = shown(owner, key)["records"][1]
    dns.publish(record["name"], "CNAME", f"{record['value']}.{domain}")
    checked = next(entry for entry in shown(owner, key)["records"] if entry["name"] == record["name"])
    assert (checked["problem"], checked["found_values"]) == ("doubled_target", [f"{record['value']}.{domain}"])


def test_the_strings_of_a_long_record_are_joined(owner, dns):
    """A key of 2,048 bits is longer than a string of a TXT record; only a record of its own would be a mistake."""
    key = make_key(owner, new_domain())
    record = key["records"][0]
    assert len(record["value"]) > 255
    dns.publish(record["name"], "TXT", record["value"][:255], record["value"][255:])
    (checked,) = shown(owner, key)["records"]
    assert checked["problem"] == "split"
    publish(dns, key)
    assert shown(owner, key)["status"] == "active"


def test_dns_that_does_not_answer_changes_nothing(owner, dns):
    key = make_key(owner, new_domain())
    dns.failing.add(key["records"][0]["name"])
    answer = shown(owner, key)
    assert (answer["status"], answer["records"][0]["problem"]) == ("unverified", "unanswered")


def test_a_second_account_gets_a_domain_only_after_the_record_of_the_first_account_is_gone(owner, dns, platform):
    domain, other = new_domain(), make_owner()
    first = verified_key(owner, dns, domain)
    bounce = {"domains": {"bounce": f"bounce.{domain}"}}
    assert owner.api.patch("/brands/default/domains/default", json=bounce).status == 200
    second = make_key(other, domain)
    publish(dns, second)
    refused = shown(other, second)
    assert refused["status"] == "unverified"
    assert "Another account" in refused["problem"]
    dns.publish(first["records"][0]["name"], "TXT")
    assert shown(other, second)["status"] == "active"
    assert shown(owner, first)["status"] == "replaced"
    assert "MailFromDomain" not in platform.aws.ses.identities.get(domain)["MailFromAttributes"], "of the first account"


def test_a_new_key_replaces_the_former_key(owner, dns):
    domain = new_domain()
    old = verified_key(owner, dns, domain, selector="old")
    new = verified_key(owner, dns, domain, selector="new")
    assert [key["status"] for key in owner.api.get(KEYS).json["data"]] == ["replaced", "active"]
    assert owner.api.delete(f"{KEYS}/{old['id']}").status == 200
    assert shown(owner, new)["status"] == "active"


def test_a_deleted_key_gives_the_domain_up(owner, dns, platform):
    domain, other = new_domain(), make_owner()
    key = verified_key(owner, dns, domain)
    assert platform.aws.ses.identities.knows(domain)
    answer = owner.api.delete(f"{KEYS}/{key['id']}")
    assert (answer.status, answer.json["deleted"], answer.json["data"]["id"]) == (200, True, key["id"])
    assert not platform.aws.ses.identities.knows(domain)
    answer = owner.api.get(f"{KEYS}/{key['id']}")
    assert (answer.status, answer.json["detail"][0]["loc"]) == (400, ["path", "id"])
    verified_key(other, dns, domain)


def test_invalid_domains_and_selectors_are_refused(owner):
    for domain in ("", "example", "https://example.com", "a b.example", "127.0.0.1", "-a.example", "x" * 254):
        answer = owner.api.post(KEYS, json={"domain": domain})
        assert (answer.status, answer.json["detail"][0]["loc"]) == (400, ["body", "domain"]), domain
    for selector in ("a b", "ü", "-", "x" * 64, "a..b"):
        answer = owner.api.post(KEYS, json={"domain": new_domain(), "selector": selector})
        assert (answer.status, answer.json["detail"][0]["loc"]) == (400, ["body", "selector"]), selector


def test_two_keys_of_a_domain_have_different_selectors(owner):
    domain = new_domain()
    make_key(owner, domain, selector="one")
    answer = owner.api.post(KEYS, json={"domain": domain.upper(), "selector": "ONE"})
    assert (answer.status, answer.json["detail"][0]["type"]) == (400, "dkim_key_exists")
    assert owner.api.post(KEYS, json={"domain": domain, "selector": "x", "signing": "ses"}).status == 400


def test_own_keys_and_keys_of_ses_cannot_sign_the_same_domain(owner, dns):
    domain = new_domain()
    verified_key(owner, dns, domain)
    answer = owner.api.post(KEYS, json={"domain": domain, "signing": "ses"})
    assert (answer.status, answer.json["detail"][0]["type"]) == (400, "signing_differs")


def test_a_domain_in_other_letters_is_stored_as_a_labels(owner):
    suffix = uuid.uuid4().hex[:6]
    key = make_key(owner, f"Bücher-{suffix}.example")
    assert key["domain"] == f"xn--bcher-{suffix}-kva.example" or key["domain"].startswith("xn--")


def test_a_step_that_fails_is_taken_again(owner, dns, platform, monkeypatch):
    """SES fails after the domain was claimed, and again after it has taken the key."""
    identities = platform.aws.ses.identities
    key = make_key(owner, new_domain())
    publish(dns, key)

    def fails(*_):
        raise SesError(500, "InternalServiceErrorException", "Try again.")

    for action in ("create", "get"):
        with monkeypatch.context() as patch:
            patch.setattr(identities, action, fails)
            answer = shown(owner, key)
            assert answer["status"] in ("unverified", "pending")
            assert "SES did not answer" in answer["problem"]
    assert shown(owner, key)["status"] == "active"


def test_a_key_whose_identity_was_deleted_says_so(owner, dns, platform):
    key = verified_key(owner, dns, new_domain())
    platform.aws.ses.identities.delete(key["domain"])
    assert "create another one" in shown(owner, key)["problem"]
    assert owner.api.delete(f"{KEYS}/{key['id']}").status == 200
