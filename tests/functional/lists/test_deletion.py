"""Deletion of a list: it completes after interruptions, and also deletes contacts that are written at the same time."""

import pytest

from postrider import bootstrap
from postrider.contacts.bulk_rows import ContactRow, WriteOptions
from postrider.contacts.bulk_writer import ContactBulkWriter
from postrider.contacts.model import BLOCK_SIZE, Claim
from postrider.contacts.repository import ContactRepository
from postrider.contacts.table import AllocatorItem, ContactsItem, DeletedContactItem
from postrider.imports.file_imports import FileOptions
from postrider.kit.errors import NotFound
from postrider.lists.repository import ListRepository
from postrider.tasks.model import ERROR, PENDING, TaskType
from postrider.tasks.queue_messages import RunTaskPart
from postrider.usecases.empty_list import ListEmptying
from tests.testing.factories.accounts import make_owner
from tests.testing.factories.campaigns import add_contacts
from tests.testing.factories.lists import make_list


@pytest.fixture(scope="module")
def owner(platform):
    return make_owner()


@pytest.fixture
def list_id(owner):
    list_id = make_list(owner)
    add_contacts(owner, list_id, "a@example.com", "b@example.com")
    return list_id


def reserved(owner, list_id, *addresses):
    """As a writer that has ids and claims, and has not written yet."""
    claims = bootstrap.contact_bulk_writer().reserve(owner.account_id, list_id, addresses)
    return [
        ContactRow(
            email=address,
            address=address,
            contact_id=claim.contact_id,
            subscribed_at=claim.subscribed_at,
            is_new=new,
        )
        for address, (claim, new) in claims.items()
    ]


def write(owner, list_id, drafts):
    bootstrap.contact_bulk_writer().write(owner.account_id, list_id, drafts, WriteOptions(), part_key="late")


def run_emptying(owner, list_id, *blocks):
    """These parts of what waits, as the queue would order them: at once, or when all writers have ended."""
    for task in bootstrap.tasks().all(owner.account_id):
        if (task.type, task.list_id, task.status) == (TaskType.LIST_DELETION, list_id, PENDING):
            for block in blocks:
                part = f"{list_id}/{block}"
                bootstrap.task_runner().run(RunTaskPart(account_id=owner.account_id, task_id=task.id, part=part))


def kept_of(owner, list_id):
    """But for the note that the list gives no more ids, and the addresses for links of old mails."""
    keys = f"#{owner.account_id}#{list_id}#"
    items = (item for item in ContactsItem.scan() if not isinstance(item, AllocatorItem | DeletedContactItem))
    return [item for item in items if keys in f"#{item.pk}#"]


def is_gone(owner, list_id):
    return all(contact_list.id != list_id for contact_list in ListRepository().all(owner.account_id))


def test_a_repeated_deletion_completes_an_interrupted_deletion(owner, list_id, platform, monkeypatch):
    with monkeypatch.context() as dying:
        dying.setattr(ListEmptying, "start", lambda *args: 1 / 0)
        assert owner.api.delete(f"/lists/{list_id}").status == 500
    platform.drain("run-tasks")
    assert kept_of(owner, list_id)
    again = owner.api.delete(f"/lists/{list_id}")
    assert (again.status, again.json) == (200, {"id": list_id, "object": "list", "deleted": True})
    platform.drain("run-tasks")
    assert (kept_of(owner, list_id), is_gone(owner, list_id)) == ([], True)
    assert owner.api.delete(f"/lists/{list_id}").status == 400


@pytest.mark.parametrize("contacts", [0, 2])
def test_a_list_that_is_deleted_twice_is_gone(owner, platform, contacts):
    list_id = make_list(owner)
    add_contacts(owner, list_id, *(f"p{number}@example.com" for number in range(contacts)))
    for _ in range(2):
        owner.api.delete(f"/lists/{list_id}")
    assert platform.drain("run-tasks").failed == []
    assert (kept_of(owner, list_id), is_gone(owner, list_id)) == ([], True)


@pytest.mark.parametrize("emptied", [False, True], ids=["being deleted", "gone"])
@pytest.mark.parametrize("contacts", [0, 2])
def test_a_writer_that_read_the_list_before_its_deletion_adds_no_contact(owner, platform, contacts, emptied):
    list_id = make_list(owner)
    add_contacts(owner, list_id, *(f"p{number}@example.com" for number in range(contacts)))
    owner.api.delete(f"/lists/{list_id}")
    if emptied:
        platform.drain("run-tasks")
    with pytest.raises(NotFound):
        reserved(owner, list_id, *(f"new{number}@example.com" for number in range(1000)))
    platform.drain("run-tasks")
    assert (kept_of(owner, list_id), is_gone(owner, list_id)) == ([], True)


def test_a_contact_written_into_an_emptied_block_is_deleted(owner, list_id, platform):
    ContactRepository().ids.allocate(owner.account_id, list_id, BLOCK_SIZE - 3, platform.clock())
    drafts = reserved(owner, list_id, "late@example.com")
    add_contacts(owner, list_id, "c@example.com")
    first, second = bootstrap.contacts().blocks_of(owner.account_id, list_id)
    owner.api.delete(f"/lists/{list_id}")
    run_emptying(owner, list_id, first)
    write(owner, list_id, drafts)
    run_emptying(owner, list_id, second)
    platform.drain("run-tasks")
    assert (kept_of(owner, list_id), is_gone(owner, list_id)) == ([], True)


def test_a_contact_written_after_the_deletion_is_deleted_when_all_writers_have_ended(owner, list_id, platform):
    drafts = reserved(owner, list_id, "late@example.com")
    blocks = bootstrap.contacts().blocks_of(owner.account_id, list_id)
    owner.api.delete(f"/lists/{list_id}")
    platform.drain("run-tasks")
    assert is_gone(owner, list_id)
    ContactRepository().claims.add_many(
        owner.account_id,
        list_id,
        [Claim(address=row.address, contact_id=row.contact_id, subscribed_at=row.subscribed_at) for row in drafts],
    )
    write(owner, list_id, drafts)
    assert kept_of(owner, list_id)
    run_emptying(owner, list_id, *blocks)
    assert kept_of(owner, list_id) == []


def test_a_file_that_is_being_imported_when_its_list_is_deleted_leaves_nobody(owner, list_id, platform, monkeypatch):
    """The list is deleted just after a part has read it."""
    upload_id, form = bootstrap.file_imports().offer_upload(owner.account_id, list_id)
    bootstrap.object_store().put(form.fields["key"], b"email\nnew@example.com\n")
    task = bootstrap.file_imports().start(owner.account_id, list_id, upload_id, FileOptions())
    reserve = ContactBulkWriter.reserve

    def deleted_meanwhile(bulk_writer, *args, **options):
        owner.api.delete(f"/lists/{list_id}")
        return reserve(bulk_writer, *args, **options)

    monkeypatch.setattr(ContactBulkWriter, "reserve", deleted_meanwhile)
    assert platform.drain("run-tasks").failed == []
    assert (kept_of(owner, list_id), is_gone(owner, list_id)) == ([], True)
    assert bootstrap.tasks().get(owner.account_id, task.id).status == ERROR
