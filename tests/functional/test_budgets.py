"""Costs of work in AWS calls and DynamoDB units, per 1,000 contacts, recipients or events; `make bench` tells more."""

from collections.abc import Iterator
from datetime import timedelta
from types import SimpleNamespace

import pytest

from functions.workers.record_engagement.handler import lambda_handler as record_engagement
from functions.workers.record_ses_events.handler import lambda_handler as record_ses_events
from infra.bench import people, triggers, work
from infra.bench.meter import Meter, item_bytes, statement_units
from postrider import bootstrap
from postrider.kit import caching
from postrider.senders.model import Sender
from postrider.senders.repository import SenderRepository
from postrider.tracking.tokens import TokenPurpose
from tests.conftest import Platform
from tests.testing.customerio import make_client
from tests.testing.factories.accounts import Owner, make_owner
from tests.testing.factories.activity import close_open_runs
from tests.testing.factories.campaigns import add_contacts
from tests.testing.factories.lists import make_sender
from tests.testing.overrides import overridden

COUNT = 1000


@pytest.fixture(scope="module")
def quiet(platform: Platform) -> Iterator[Platform]:
    """A mailer that accepts and drops mails, so that they cause no events."""
    platform.aws.purge()
    close_open_runs()
    with overridden(mailer=work.SilentMailer()), work.unhurried():
        yield platform


@pytest.fixture(scope="module")
def audience(quiet: Platform) -> work.Audience:
    """A list of 1,000 contacts whose import is measured."""
    audience = work.make_audience()
    meter = work.metered(work.import_rows, quiet, audience, 0, COUNT)
    assert (meter.total_calls <= 150, meter.write_units <= 2_100) == (True, True), meter
    return audience


def test_a_thousand_imported_contacts_cost_two_units_each(audience: work.Audience) -> None:
    """The fixture asserts it."""
    assert work.page(audience, per_page=1, with_count="true")["pagination"]["count"] == COUNT


def test_the_same_rows_again_write_nothing(quiet: Platform, audience: work.Audience) -> None:
    """The entry of the audit log is a write unit of them."""
    meter = work.metered(work.import_rows, quiet, audience, 0, COUNT)
    assert meter.write_units <= 11
    assert meter.total_calls <= 50


def test_importing_a_file_costs_as_much_as_importing_by_calls(quiet: Platform) -> None:
    meter = work.metered(work.import_file, quiet, work.make_audience(), COUNT)
    assert meter.write_units <= 2_100
    assert meter.total_calls <= 150


def test_a_consent_costs_one_more_unit_per_row(quiet: Platform) -> None:
    """The record is written with 24 others, and the contacts are looked up once more."""
    meter = work.metered(work.import_file, quiet, work.make_audience(), COUNT, has_consents=True)
    assert 3_000 <= meter.write_units <= 3_100
    assert meter.total_calls <= 200


def test_a_file_of_suppressions_costs_a_bounded_number_of_calls(quiet: Platform) -> None:
    """An entry in a transaction has two units and one of the index; a note of the rows holds until contacts are marked."""
    meter = work.metered(work.import_suppressions, quiet, work.make_audience(), COUNT)
    assert meter.write_units <= 3_300
    assert meter.total_calls <= 120


def test_tagging_costs_one_unit_for_a_quarter_of_a_block(quiet: Platform) -> None:
    """At most two blocks, so eight entries of the index, and a count for each batch of rows."""
    audiences = [work.make_audience(), work.make_audience()]
    bootstrap.groups().ensure(audiences[1].owner.account_id, ["one"])
    plain = work.metered(work.import_file, quiet, audiences[0], COUNT)
    tagged = work.metered(work.import_file, quiet, audiences[1], COUNT, "one")
    assert 5 <= tagged.write_units - plain.write_units <= 10
    assert tagged.total_calls - plain.total_calls <= 14


def test_a_thousand_recipients_cost_two_units_each(quiet: Platform, audience: work.Audience) -> None:
    """The whole of a campaign, from its creation to its recount, keeps the budget of calls and reads.

    Of its write units, 34 are its own price whatever its size, most of it the campaign's row in the orders of listing.
    """
    with Meter() as before:
        campaign_id = work.start_campaign(quiet, audience)
    with Meter() as sending:
        work.send_orders(quiet)
    with Meter() as after:
        work.recount(quiet)
    assert work.sent_count(audience, campaign_id) == COUNT
    parts = (before, sending, after)
    assert sum(part.total_calls for part in parts) <= 200
    assert sum(part.read_units for part in parts) <= 500
    assert sending.write_units <= 2_100
    assert before.write_units + after.write_units <= 34


def test_variants_cost_recipients_no_write_unit(quiet: Platform, audience: work.Audience) -> None:
    """The sender reads the links once, and the content of each of the three other variants."""
    meters = []
    for has_variants in (False, True):
        campaign_id = work.start_campaign(quiet, audience, has_variants=has_variants)
        with Meter() as meter:
            work.send_orders(quiet)
        assert work.sent_count(audience, campaign_id) == COUNT
        meters.append(meter)
    plain, with_variants = meters
    assert with_variants.write_units <= plain.write_units
    assert with_variants.total_calls - plain.total_calls <= 16


@pytest.mark.parametrize(
    ("query", "requests", "units"),
    [
        ({}, 5, 12),
        ({"with_count": "true"}, 6, 13),
        ({"filter": "status==unsubscribed"}, 5, 6),
        ({"filter": f"email=={work.person(7)['email']}"}, 5, 6),
        ({"page": 6}, 11, 80),
    ],
)
def test_a_page_costs_only_the_reads_of_its_contacts(
    audience: work.Audience, query: dict[str, object], requests: int, units: float
) -> None:
    work.page(audience, per_page=1)  # the caller's token is known for a while
    meter = work.metered(work.page, audience, per_page=100, **query)
    assert meter.total_calls <= requests
    assert meter.read_units <= units


@pytest.fixture(scope="module")
def account(quiet: Platform) -> Owner:
    """50 lists and 50 campaigns, each with a sender of its own, and 50 contacts in one of the lists."""
    owner = make_owner()
    for number in range(50):
        sender = Sender(
            id=f"sender{number}",
            numeric_id=1_000_000 + number,
            account_id=owner.account_id,
            name=f"Sender {number}",
            email=f"sender{number}@example.com",
            confirmed=True,
            created_at=quiet.clock(),
        )
        SenderRepository().add(sender)
        bootstrap.lists().create(owner.account_id, name=f"List {number}", default_sender_id=sender.id)
        settings = {"sender_id": sender.id}
        bootstrap.campaign_drafts().create(owner.account_id, name=f"Campaign {number}", settings=settings, content=None)
    add_contacts(
        owner, bootstrap.lists().all(owner.account_id)[0].id, *(f"{number}@example.com" for number in range(50))
    )
    return owner


@pytest.mark.parametrize("noun", ["lists", "campaigns", "contacts"])
def test_a_page_of_fifty_rows_makes_the_calls_of_a_page_of_one_row(account: Owner, noun: str) -> None:
    """Values of other nouns in the rows are read for the whole page together."""
    list_id = bootstrap.lists().all(account.account_id)[0].id
    path = f"/lists/{list_id}/contacts" if noun == "contacts" else f"/{noun}"

    def shown(per_page: int) -> Meter:
        with Meter() as meter:
            assert len(account.api.get(path, query={"per_page": per_page}).json["data"]) == per_page
        return meter

    shown(1)  # the caller's token is known for a while
    assert shown(50).calls == shown(1).calls


def test_the_second_page_costs_as_much_as_the_first(audience: work.Audience) -> None:
    work.page(audience, per_page=1)  # the caller's token is known for a while
    with Meter() as first:
        cursor = work.page(audience, per_page=100)["pagination"]["cursor"]["next"]
    work.page(audience, per_page=1)  # and the list, for a few seconds
    with Meter() as second:
        work.page(audience, per_page=100, cursor=cursor)
    assert second.total_calls == first.total_calls
    assert abs(second.read_units - first.read_units) <= 1, (
        "units are rounded up, and ids and addresses differ in length"
    )


def test_events_are_recorded_a_hundred_at_a_time(quiet: Platform) -> None:
    campaign = work.make_sent()
    quiet.clock.move(timedelta(hours=5))
    quiet.aws.purge()
    count = len(campaign.contact_ids)
    door = work.metered(work.visit, campaign, TokenPurpose.OPEN)
    assert door.total_calls == count  # the message, and nothing is read
    opens = work.metered(work.work_off, quiet, "record-engagement", record_engagement)
    assert opens.total_calls <= count / 2
    assert opens.write_units <= 6 * count
    work.put_bounces(quiet, campaign)
    bounces = work.metered(work.work_off, quiet, "record-ses-events", record_ses_events)
    assert bounces.total_calls <= 3 * count
    assert bounces.write_units <= 13 * count


def test_a_transactional_mail_costs_eight_units_and_twelve_calls(quiet: Platform) -> None:
    """From the call to the record of its sending, with the ids that its process allocates for the mails after it."""
    owner = make_owner()
    body = {
        "email": f"reader@{owner.account_id}.example.com",
        "sender": {"id": make_sender(owner)},
        "additional_headers": [{"name": "X-Order", "value": "A-17"}],
        "content": {"subject": "Your receipt", "html": work.HTML, "encoding": "utf-8"},
    }

    def sent() -> None:
        quiet.clock.move(timedelta(seconds=1))  # the reserve of the rate is free again
        assert owner.api.post("/emails", json=body).status == 201
        assert quiet.drain("send-transactional").handled == 1

    sent()  # the caller's token, and the limits of the mailer, are known for a while
    bootstrap.transactional_mails.cache_clear()
    first, second = work.metered(sent), work.metered(sent)
    assert (first.total_calls <= 12, first.write_units <= 8) == (True, True), first
    assert (second.total_calls <= 11, second.write_units <= 7) == (True, True), second


@pytest.mark.parametrize(
    ("content", "calls"),
    [
        ({"transactional_message_id": "paid"}, 12),
        ({"subject": "Paid", "body": work.HTML}, 11),
    ],
    ids=["template", "own content"],
)
def test_a_mail_to_a_known_person_costs_twelve_calls(
    quiet: Platform, monkeypatch: pytest.MonkeyPatch, content: dict[str, str], calls: int
) -> None:
    """Over Customer.io's API, from the call to the record of its sending; the person is found by an id."""
    monkeypatch.setattr(caching, "time", SimpleNamespace(monotonic=lambda: 0.0))  # what was read stays known
    owner = make_owner()
    api, account_id, list_id = make_client(owner), owner.account_id, bootstrap.lists().default(owner.account_id).id
    template = {"type": "html", "subject": "Paid", "html": "<p>Thanks for {{ trigger.order }}</p>"}
    bootstrap.templates().create(account_id, name="Paid", content=template, trigger_name="paid")
    sender = bootstrap.senders().get(account_id, make_sender(owner)).email
    address = f"reader@{account_id}.example.com"
    bootstrap.contacts().upserts.create(account_id, list_id, email=address, external_id="u1")
    body = {"to": address, "identifiers": {"id": "u1"}, "from": sender, "message_data": {"order": 17}, **content}

    def sent() -> None:
        quiet.clock.move(timedelta(seconds=1))  # the reserve of the rate is free again
        assert api.post("/v1/send/email", body).status == 200
        assert quiet.drain("send-transactional").handled == 1

    sent()  # the key, the sender, the template and the limits of the mailer are known for a while
    meter = work.metered(sent)
    assert (meter.total_calls <= calls, meter.write_units <= 8) == (True, True), meter


def test_the_meter_reckons_as_aws_does() -> None:
    """https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html"""
    item = {"pk": {"S": "äb"}, "n": {"N": "-12.5"}, "m": {"M": {"a": {"BOOL": True}}}, "l": {"L": [{"S": "xy"}]}}
    assert item_bytes(item) == (2 + 3) + (1 + 3) + (1 + 3 + 1 + 1 + 1) + (1 + 3 + 1 + 2)
    insert = "INSERT INTO \"t\" VALUE {'pk': ?, 'status_key': ?}"
    assert statement_units({"Statement": insert, "Parameters": [{"S": "x" * 1100}, {"S": "u"}]}) == 3
    assert statement_units({"Statement": 'UPDATE "t" SET a = ? WHERE pk = ?', "Parameters": []}) == 1


@pytest.mark.parametrize(
    ("columns", "row", "units"),
    [
        ("email", "p{number}@example.com", 2_100),
        ("id", "{number}", 2_100),
        ("id,email", "{number},p{number}@example.com", 3_100),
    ],
)
def test_a_thousand_imported_people_cost_a_unit_and_one_for_each_identifier(
    quiet: Platform, columns: str, row: str, units: int
) -> None:
    text = "\n".join([columns, *(row.format(number=number) for number in range(COUNT))])
    owner = make_owner()
    meter = work.metered(people.import_people, quiet, owner, text)
    assert meter.write_units <= units
    assert meter.total_calls <= 230


def test_a_trigger_for_a_thousand_named_people(quiet: Platform, audience: work.Audience) -> None:
    """The call looks all of them up and stores the audience; planning reads none of them."""
    client, path = triggers.call_of(audience)
    client.get(path.removesuffix("/triggers"))
    emails = [str(work.person(number)["email"]) for number in range(COUNT)]
    call = work.metered(triggers.trigger, client, path, emails, has_data=True)
    assert call.total_calls <= 60
    assert call.write_units <= 25
    planning = work.metered(quiet.drain, "plan-runs")
    assert planning.total_calls <= 35
    assert planning.read_units <= 25
    quiet.aws.purge()
    close_open_runs()
