"""The one place that builds services from repositories and adapters; each is built when it is first asked for."""

from collections.abc import Callable
from functools import cache
from typing import Any

from postrider.accounts.repository import AccountRepository
from postrider.accounts.service import AccountService
from postrider.adapters.kms import KmsSigner
from postrider.adapters.secrets import root_secret
from postrider.adapters.s3 import S3ObjectStore
from postrider.adapters.sqs import SqsQueue
from postrider.campaigns.repository import CampaignRepository
from postrider.campaigns.service import CampaignService
from postrider.kit.clock import Clock, utc_now
from postrider.kit.paging import Cursors
from postrider.kit.settings import setting
from postrider.lists.repository import ListRepository
from postrider.lists.service import ListService
from postrider.ports.object_store import ObjectStore
from postrider.ports.queue import Queue
from postrider.senders.repository import SenderRepository
from postrider.senders.service import SenderService
from postrider.tasks.repository import TaskRepository
from postrider.tasks.service import TaskService
from postrider.tokens.repository import RefreshRepository
from postrider.tokens.service import TokenService
from postrider.users.owners import OwnerService
from postrider.users.repository import UserRepository
from postrider.users.service import UserService


_replaced: dict[str, Any] = {}


def replace(**parts: Any) -> None:
    """Use these instead of what is built here, e.g. clock=…, mailer=…; everything is built anew. For tests."""
    _replaced.update(parts)
    for part in list(globals().values()):
        if hasattr(part, "cache_clear"):
            part.cache_clear()


class _Late:
    """A service that is looked up at its first use: lists need contacts, and contacts need lists."""

    def __init__(self, build: Callable[[], Any]) -> None:
        self._build = build

    def __getattr__(self, name: str) -> Any:
        return getattr(self._build(), name)


@cache
def clock() -> Clock:
    given: Clock = _replaced.get("clock", utc_now)
    return given


@cache
def root() -> bytes:
    return root_secret(setting("SECRET_ARN"))


@cache
def cursors() -> Cursors:
    return Cursors(root())


@cache
def accounts() -> AccountService:
    return AccountService(AccountRepository(), clock())


@cache
def users() -> UserService:
    return UserService(UserRepository(), clock())


@cache
def owners() -> OwnerService:
    return OwnerService(accounts(), users())


@cache
def tokens() -> TokenService:
    return TokenService(users(), accounts(), RefreshRepository(), KmsSigner(setting("SIGNING_KEY_ID")), clock())


@cache
def senders() -> SenderService:
    return SenderService(SenderRepository(), system_mails(), [_Late(lists)], clock())


@cache
def lists() -> ListService:
    return ListService(ListRepository(), senders(), _Late(contacts), clock())


@cache
def objects() -> ObjectStore:
    given: ObjectStore = _replaced.get("objects") or S3ObjectStore(setting("STORAGE_BUCKET"))
    return given


@cache
def queue() -> Queue:
    given: Queue = _replaced.get("queue") or SqsQueue()
    return given


@cache
def tasks() -> TaskService:
    return TaskService(TaskRepository(), clock())


@cache
def campaigns() -> CampaignService:
    return CampaignService(
        CampaignRepository(objects()), lists(), senders(), _Late(segments), content_rules(), _Late(sending), clock()
    )
