"""Users over HTTP: /users."""

from dataclasses import replace
from typing import Annotated, Any

from aws_lambda_powertools.event_handler.openapi.params import Body, Path, Query

from functions.api.accounts.schemas_users import (
    ConfirmUser,
    ConfirmUserResponse,
    CreateUser,
    CreateUserResponse,
    DeleteUserResponse,
    ForgotMyPassword,
    PatchUser,
    PatchUserResponse,
    ResendUserVerificationEmailResponse,
    ResetPasswordConfirm,
    ResetPasswordConfirmResponse,
    ResetPasswordResponse,
    ResetUserPassword,
    SuspendUserResponse,
    UserFullResponse,
    UserResponse,
    UsersResponse,
    UserSummaryResponse,
)
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations, Request
from postrider.http.main.auth import needs
from postrider.http.main.dialect import MAIN
from postrider.http.main.listing import listing
from postrider.http.main.paging import PageRequest
from postrider.http.main.wire import Filter, Languages
from postrider.kit.clock import unix, unix_or_none
from postrider.users.management import UserManagement
from postrider.users.model import LinkPurpose, User
from postrider.users.recovery import UserRecovery
from postrider.users.service import UserService

operations = Operations("User", MAIN, keep_answers=False)
Users = Annotated[UserService, Depends(bootstrap.users)]
Management = Annotated[UserManagement, Depends(bootstrap.user_management)]
Recovery = Annotated[UserRecovery, Depends(bootstrap.user_recovery)]
Self = Annotated[Caller, Depends(needs("users:read", own_account_only=True))]
SelfWriter = Annotated[Caller, Depends(needs("users:write", own_account_only=True))]
Reader = Annotated[Caller, Depends(needs("users:read"))]
Writer = Annotated[Caller, Depends(needs("users:write"))]
UserId = Annotated[str, Path(min_length=1, max_length=20, pattern=r"^[a-zA-Z0-9]+$")]
UserNumber = Annotated[int, Path()]
SkipVerification = Annotated[bool, Query(description="Activate at once, without a mail (admin scope only).")]
FILTERS = ("email", "status")
LANGUAGE = Languages("en_US")


def _summary(user: User) -> dict[str, Any]:
    return {
        "id": user.id,
        "email": user.email,
        "status": user.status,
        "created_on": unix(user.created_at),
        "last_activity_on": unix_or_none(user.last_activity_at),
        "expires_on": unix_or_none(user.expires_at_time),
        "first_name": user.first_name,
        "last_name": user.last_name,
    }


def _full(user: User) -> UserFullResponse:
    return UserFullResponse.model_validate(
        {
            **_summary(user),
            "title": user.title,
            "language": user.language,
            "timezone": user.timezone,
            "office_phone": user.office_phone,
            "mobile_phone": user.mobile_phone,
        }
    )


def visitor_of(request: Request) -> str | None:
    """Return the IP address of a call."""
    address: str | None = request.resolved_event.raw_event["requestContext"]["http"].get("sourceIp")
    return address


@operations.get("/users/self", "Show the calling user", errors=(400, 401))
def get_self_user(caller: Self, users: Users) -> UserResponse:
    """Return the user that the token belongs to."""
    return UserResponse(data=_full(users.get(caller.user_account_id, caller.user_id)))


@operations.get("/users", "List users")
def list_users(
    caller: Reader, management: Management, paging: PageRequest, filter_text: Filter = None
) -> UsersResponse:
    """Return a page of the users of an account, the oldest first.

    Filterable by email and status.
    """
    pagination, users = listing(
        management.all(caller.account_id),
        paging,
        filter_text=filter_text,
        filters=FILTERS,
    )
    return UsersResponse(
        pagination=pagination, data=[UserSummaryResponse.model_validate(_summary(user)) for user in users]
    )


@operations.post("/users", "Create a user", status=201, errors=(400, 401, 403, 422))
def create_user(
    caller: Writer, management: Management, body: CreateUser, skip_verification: SkipVerification = False
) -> CreateUserResponse:
    """Invite a user: the user is pending until the mailed link is opened and a password is chosen.

    For the owner or an administrator. `password` and `skip_verification` need a token with the scope admin. Refused with
    400: an email of another user of the platform, and more than the maximum number of users.
    """
    person = body.model_dump(mode="json", exclude={"email", "password"})
    user = management.create(
        caller, email=body.email, password=body.password, skip_verification=skip_verification, person=person
    )
    return CreateUserResponse(id=user.id, object="user", created=True, data=_full(user))


@operations.post("/users/forgot-my-password", "Ask for a new password", public=True, errors=(400, 422))
def forgot_my_password(
    request: Request,
    recovery: Recovery,
    body: ForgotMyPassword,
    language: Annotated[Languages | None, Query(description="Language of the mail.")] = LANGUAGE,
    account_id: Annotated[int | None, Query(description="Not needed: a login is unique.")] = None,
) -> ResetPasswordResponse:
    """Mail a link that resets the password, if a user has this login.

    The answer is the same for an unknown login. The link works once, within an hour.
    """
    recovery.request(
        LinkPurpose.RESET_PASSWORD,
        body.email,
        language=language.value if language else None,
        visitor=visitor_of(request),
    )
    return ResetPasswordResponse(email=body.email, object="user", reset_link_sent=True)


@operations.post("/users/reset-password-confirm", "Set a new password by a mailed link", public=True, errors=(400, 422))
def reset_password_confirm(recovery: Recovery, body: ResetPasswordConfirm) -> ResetPasswordConfirmResponse:
    """Set the new password of the user of a mailed link; all sessions of the user end.

    Refused with 400: a link that is used, expired or older than the last change of the password, and a password with less
    than 8 characters.
    """
    recovery.confirm(body.token, body.password)
    return ResetPasswordConfirmResponse(object="user", password_reset=True)


@operations.post("/users/self/reset-password", "Mail yourself a link for a new password", errors=(400, 401))
def reset_self_password(caller: SelfWriter, recovery: Recovery) -> ResetPasswordResponse:
    """Mail the calling user a link that resets the password. It works once, within an hour."""
    user = recovery.send(_at_home(caller), caller.user_id)
    return ResetPasswordResponse(email=user.email, object="user", reset_link_sent=True)


@operations.get("/users/{user_id}", "Show a user")
def get_user(caller: Reader, users: Users, user_id: UserId) -> UserResponse:
    """Return one user of the account."""
    return UserResponse(data=_full(users.get(caller.account_id, user_id)))


@operations.patch("/users/{user_id}", "Change a user", errors=(400, 401, 403, 422))
def patch_user(caller: Writer, management: Management, user_id: UserId, body: PatchUser) -> PatchUserResponse:
    """Change the given values of a user; null clears a value.

    Users can change themselves; the owner or an administrator can change all users. A new password ends the sessions of the
    user. A change of your own password needs the current one, a change for another user a token with the scope admin.
    """
    password = body.password
    user = management.change(
        caller,
        user_id,
        body.model_dump(mode="json", exclude_unset=True, exclude={"password"}),
        password=password.new if password else None,
        current_password=password.current if password else None,
    )
    return PatchUserResponse(id=user.id, object="user", patched=True, data=_full(user))


@operations.delete("/users/{user_id}", "Delete a user", errors=(400, 401, 403, 422))
def delete_user(caller: Writer, management: Management, user_id: UserId) -> DeleteUserResponse:
    """Delete a user, whose tokens are refused within 30 seconds. The email can be used again.

    For the owner or an administrator. Refused with 400: the owner, and the calling user.
    """
    management.delete(caller, user_id)
    return DeleteUserResponse(id=user_id, object="user", deleted=True)


@operations.post("/users/{user_id}/suspend", "Suspend a user", errors=(400, 401, 403, 422))
def suspend_user(caller: Writer, management: Management, user_id: UserNumber) -> SuspendUserResponse:
    """Suspend a user, who cannot log in and whose tokens are refused within 30 seconds.

    For the owner or an administrator. Refused with 400: the owner, and the calling user.
    """
    user = management.suspend(caller, str(user_id))
    return SuspendUserResponse(id=user.id, object="user", suspended=True, data=_full(user))


@operations.post("/users/{user_id}/unsuspend", "End the suspension of a user", errors=(400, 401, 403, 422))
def unsuspend_user(caller: Writer, management: Management, user_id: UserNumber) -> SuspendUserResponse:
    """Restore the access of a suspended user, who has to log in again. For the owner or an administrator."""
    user = management.unsuspend(caller, str(user_id))
    return SuspendUserResponse(id=user.id, object="user", suspended=False, data=_full(user))


@operations.post("/users/{user_id}/confirm", "Confirm a user", public=True, errors=(400, 422))
def confirm_user(management: Management, user_id: UserId, body: ConfirmUser) -> ConfirmUserResponse:
    """Activate an invited user with the code of the mailed link, and set the first password.

    Refused with 400: a code that is used, expired, or of another user.
    """
    user = management.confirm(user_id, body.confirmation, body.password)
    return ConfirmUserResponse(id=user.id, object="user", confirmed=True, data=_full(user))


@operations.post("/users/{user_id}/resend-verification-email", "Send an invitation again", errors=(400, 401, 403, 422))
def resend_user_verification(
    caller: Writer, management: Management, user_id: UserId
) -> ResendUserVerificationEmailResponse:
    """Mail the link of the invitation again. For the owner or an administrator; refused with 400 unless the user is pending."""
    management.resend(caller, user_id)
    return ResendUserVerificationEmailResponse(object="user", confirmation_resent=True)


@operations.post(
    "/users/{user_id}/reset-password", "Mail a user a link for a new password", errors=(400, 401, 403, 422)
)
def reset_user_password(
    caller: Writer,
    recovery: Recovery,
    user_id: UserNumber,
    body: Annotated[ResetUserPassword | None, Body()] = None,
) -> ResetPasswordResponse:
    """Mail a user a link that resets the password. For the owner or an administrator.

    With `invalidate_current_password`, the current password and all sessions end at once.
    """
    invalidate = bool(body and body.invalidate_current_password)
    user = recovery.send(caller, str(user_id), invalidate=invalidate)
    return ResetPasswordResponse(email=user.email, object="user", reset_link_sent=True)


def _at_home(caller: Caller) -> Caller:
    """Return the caller acting in the account that the user belongs to."""
    return replace(caller, account_id=caller.user_account_id)
