"""Quotas and unique addresses hold when two calls create something at the same moment."""

from dataclasses import dataclass, replace

import pytest

from postrider import bootstrap
from postrider.accounts.repository import AccountRepository
from postrider.forms import service as form_service
from postrider.forms.repository import FormRepository
from postrider.kit.errors import Invalid
from postrider.lists import service as list_service
from postrider.lists.repository import ListRepository
from postrider.senders import service as sender_service
from postrider.senders.repository import SenderRepository
from postrider.templates import service as template_service
from postrider.templates.repository import TemplateRepository
from postrider.usecases import sub_accounts
from postrider.users import management
from postrider.users.repository import UserRepository
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.lists import make_list, make_sender


@dataclass(frozen=True)
class Noun:
    """The module with the quota and its name, and the class whose method `add` stores the new thing."""

    module: object
    quota: str
    repository: type
    add: str = "add"


NOUNS = {
    "accounts": Noun(sub_accounts, "MAX_SUB_ACCOUNTS", AccountRepository, "add_to"),
    "forms": Noun(form_service, "MAX_FORMS", FormRepository),
    "lists": Noun(list_service, "MAX_LISTS", ListRepository),
    "senders": Noun(sender_service, "MAX_SENDERS", SenderRepository),
    "templates": Noun(template_service, "MAX_TEMPLATES", TemplateRepository),
    "users": Noun(management, "MAX_USERS", UserRepository),
}


class Account:
    """An account in which each noun is created and counted."""

    def __init__(self):
        self.owner = make_owner()
        self.id = self.owner.account_id
        bootstrap.accounts().change(self.id, {"partner": True})
        caller = bootstrap.tokens().caller_of(self.owner.api.token)
        self.caller = replace(caller, scopes=caller.scopes | {"admin"})
        self.sender_id, self.list_id = make_sender(self.owner), make_list(self.owner)

    def create(self, noun, name):
        email = f"{name}.{self.id}@example.com"
        if noun == "lists":
            bootstrap.lists().create(self.id, name=name, default_sender_id=self.sender_id)
        elif noun == "forms":
            bootstrap.forms().create(self.id, list_id=self.list_id, name=name, language="en")
        elif noun == "templates":
            bootstrap.templates().create(self.id, name=name, content={"html": "<p>x</p>"})
        elif noun == "senders":
            confirmations = bootstrap.sender_confirmation()
            confirmations.create(self.id, name=name, email=email, language=None, login=self.owner.email)
        elif noun == "users":
            bootstrap.user_management().create(self.caller, email=email, skip_verification=True, person={})
        else:
            bootstrap.sub_accounts().create(
                self.caller, None, name=name, settings={}, owner={"email": email}, skip_verification=True
            )

    def number(self, noun):
        if noun == "accounts":
            return len(bootstrap.accounts().below(self.id))
        return len(NOUNS[noun].repository.all(_repository(noun), self.id))


def _repository(noun):
    kind = NOUNS[noun].repository
    return kind(bootstrap.object_store()) if noun == "templates" else kind()


def meet(monkeypatch, noun, other):
    """Call `other` between the read and the write of the next call."""
    place = NOUNS[noun]
    add = getattr(place.repository, place.add)

    def add_late(*args):
        monkeypatch.setattr(place.repository, place.add, add)
        other()
        return add(*args)

    monkeypatch.setattr(place.repository, place.add, add_late)


@pytest.mark.parametrize("noun", NOUNS)
def test_two_calls_at_the_same_moment_do_not_exceed_a_quota(platform, monkeypatch, noun):
    account = Account()
    before = account.number(noun)
    monkeypatch.setattr(NOUNS[noun].module, NOUNS[noun].quota, before + 1)
    meet(monkeypatch, noun, lambda: account.create(noun, "first"))
    with pytest.raises(Invalid) as refused:
        account.create(noun, "second")
    assert refused.value.code == f"too_many_{noun}"
    assert account.number(noun) == before + 1
    monkeypatch.setattr(NOUNS[noun].module, NOUNS[noun].quota, before + 2)
    account.create(noun, "second")  # nothing of the refused call is left, such as its login
    assert account.number(noun) == before + 2


def test_two_calls_at_the_same_moment_add_no_sender_twice(platform, monkeypatch):
    account = Account()
    meet(monkeypatch, "senders", lambda: account.create("senders", "same"))
    with pytest.raises(Invalid) as refused:
        account.create("senders", "same")
    assert refused.value.code == "sender_exists"
    senders = bootstrap.senders()
    (sender,) = [sender for sender in senders.all(account.id) if sender.name == "same"]
    senders.delete(account.id, sender.id)
    account.create("senders", "same")
