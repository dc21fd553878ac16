"""Links of mails to a contact that has another address by now, or was merged into another one."""

from datetime import timedelta
from itertools import pairwise
from urllib.parse import urlsplit

import pytest

from postrider import bootstrap
from postrider.tracking.tokens import MailToken, TokenPurpose
from tests.functional.contacts.test_departures import ONE_CLICK, World
from tests.testing.factories.campaigns import make_campaign
from tests.testing.factories.forms import mails_to
from tests.testing.harness import Api


def link_of_mail_to(world, platform, email):
    """Send a campaign, and return the path of the link for one click in the mail to this address."""
    campaign_id = make_campaign(world.owner, list_id=world.list_id)
    assert world.owner.api.post(f"/campaigns/{campaign_id}/schedule").status == 200
    platform.drain()
    return urlsplit(mails_to(platform, email)[0]["headers"]["List-Unsubscribe"].strip("<>")).path


def merge(world, *, kept, dropped):
    people = {"primary": {"id": kept}, "secondary": {"id": dropped}}
    assert world.track.post("/api/v1/merge_customers", people).status == 200


def test_a_link_unsubscribes_the_address_of_its_mail_and_the_contact(platform):
    world = World()
    first, second, third = (f"{name}.{world.account_id}@example.com" for name in ("first", "second", "third"))
    world.add(first)
    links = [link_of_mail_to(world, platform, first)]
    world.change(first, second)
    platform.clock.move(timedelta(seconds=2))  # a campaign is not sent to an address that is newer than its start
    links.append(link_of_mail_to(world, platform, second))
    world.change(second, third)
    for email in (first, second):
        world.add(email)
    active, left = ("active", None), ("unsubscribed", "person")
    assert Api().post(links[1], form=ONE_CLICK).status == 200
    assert [world.state(email) for email in (first, second, third)] == [active, left, left]
    assert Api().post(links[0], form=ONE_CLICK).status == 200
    assert world.state(first) == left


@pytest.mark.parametrize(
    ("purpose", "path", "form"),
    [
        (TokenPurpose.GLOBAL_UNSUBSCRIBE, "g", ONE_CLICK),
        (TokenPurpose.PREFERENCES, "p", {"action": "leave_all"}),
    ],
)
def test_a_link_for_all_mail_suppresses_both_addresses(platform, purpose, path, form):
    world = World()
    contact_id = world.add("old@example.com")
    world.change("old@example.com", "new@example.com")
    token = MailToken(account_id=world.account_id, list_id=world.list_id, contact_id=contact_id)
    assert Api().post(f"/{path}/{bootstrap.mail_tokens().make(purpose, token)}", form=form).status == 200
    entries = bootstrap.suppressions().among(world.account_id, ["old@example.com", "new@example.com"])
    assert len(entries) == 2
    world.add("old@example.com")
    assert world.state("old@example.com") == ("unsubscribed", "person")


def test_a_link_to_a_merged_contact_unsubscribes_its_address_and_its_successor(platform):
    world = World()
    for name in ("1", "2", "3", "4"):
        world.put(name, email=f"{name}@example.com")
    ids = {name: world.find(f"{name}@example.com").id for name in ("1", "4")}
    merge(world, kept="2", dropped="1")
    merge(world, kept="3", dropped="2")
    world.use_link(ids["1"])
    for name in ("1", "2"):
        world.add(f"{name}@example.com")
    assert [world.state(f"{name}@example.com")[0] for name in ("1", "2", "3")] == [
        "unsubscribed",
        "active",
        "unsubscribed",
    ]
    world.put("4", email=None)
    world.put("5", email="5@example.com")
    merge(world, kept="5", dropped="4")
    world.use_link(ids["4"])
    world.add("4@example.com")
    assert [world.state(f"{name}@example.com")[0] for name in ("4", "5")] == ["unsubscribed"] * 2, (
        "it had lost its address"
    )


@pytest.mark.parametrize("is_deleted", [False, True])
def test_the_address_that_a_contact_had_at_a_moment_is_known(platform, is_deleted):
    world = World()
    emails = [f"{number}@example.com" for number in range(3)]
    contact_id = world.add(emails[0])
    moments = [platform.clock()]
    for before, after in pairwise(emails):
        platform.clock.move(timedelta(minutes=1))
        world.change(before, after)
        moments.append(platform.clock())
    if is_deleted:
        world.delete(emails[-1])
    addresses = bootstrap.contacts().mailed_addresses
    known = [addresses.address_at(world.account_id, world.list_id, contact_id, moment) for moment in moments]
    assert known == emails
