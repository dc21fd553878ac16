"""Users over HTTP: /users."""

from typing import Annotated

from functions.api.accounts.schemas_users import UserFullResponse, UserResponse
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.dialect import MAIN
from postrider.kit.clock import unix, unix_or_none
from postrider.users.model import User
from postrider.users.service import UserService

operations = Operations("User", MAIN)
Users = Annotated[UserService, Depends(bootstrap.users)]
Self = Annotated[Caller, Depends(needs("users:read", own_account_only=True))]


def _full(user: User) -> UserFullResponse:
    return UserFullResponse.model_validate(
        {
            "id": user.id,
            "email": user.email,
            "status": user.status,
            "created_on": unix(user.created_at),
            "last_activity_on": unix_or_none(user.last_activity_at),
            "expires_on": unix_or_none(user.expires_at_time),
            "first_name": user.first_name,
            "last_name": user.last_name,
            "title": user.title,
            "language": user.language,
            "timezone": user.timezone,
            "office_phone": user.office_phone,
            "mobile_phone": user.mobile_phone,
        }
    )


@operations.get("/users/self", "Show the calling user", errors=(400, 401))
def get_self_user(caller: Self, users: Users) -> UserResponse:
    """Return the user that the token belongs to."""
    return UserResponse(data=_full(users.get(caller.user_account_id, caller.user_id)))
