"""Define requests and responses: users."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StrictBool

from postrider.http.envelopes import Data, Deleted, PageOf
from postrider.http.main.wire import Email, Languages, Line, TimeZone, TimeZoneText, Unix

Phone = Annotated[str, Field(max_length=255, pattern=r"[0-9]+", description="Digits only.")]
NewPassword = Annotated[str, Field(min_length=8, max_length=1024)]
Password = Annotated[str, Field(max_length=1024)]
Confirmation = Annotated[str, Field(max_length=255, description="The code in the mailed link.")]


class UserFullResponse(BaseModel):
    id: str
    email: str
    status: str
    created_on: Unix | None
    last_activity_on: Unix | None
    expires_on: Unix | None
    first_name: str | None
    last_name: str | None
    title: str | None
    language: Languages | None
    timezone: TimeZoneText | None
    office_phone: str | None
    mobile_phone: Annotated[str | None, Field(description="Digits only.")]


class UserSummaryResponse(BaseModel):
    id: str
    email: str
    status: str | None
    first_name: str | None
    last_name: str | None
    last_activity_on: Unix | None
    created_on: Unix | None
    expires_on: Unix | None


class NewPerson(BaseModel):
    """The person who becomes a user, or the owner of an account."""

    first_name: Line
    last_name: Line
    title: Line | None = None
    office_phone: Line | None = None
    mobile_phone: Phone | None = None
    language: Languages | None = None
    timezone: TimeZone | None = None
    email: Email


class CreateUser(NewPerson):
    password: Annotated[Password | None, Field(description="Initial password (admin scope only).")] = None


class ChangePassword(BaseModel):
    current: Annotated[Password | None, Field(description="Needed for your own password.")] = None
    new: Annotated[NewPassword, Field(description="The new password, of at least 8 characters.")]


class PatchUser(BaseModel):
    first_name: Line | None = None
    last_name: Line | None = None
    title: Line | None = None
    office_phone: Line | None = None
    mobile_phone: Phone | None = None
    language: Languages | None = None
    timezone: TimeZone | None = None
    password: ChangePassword | None = None


class ConfirmUser(BaseModel):
    confirmation: Confirmation
    password: NewPassword


class ForgotMyPassword(BaseModel):
    email: Email


class ResetUserPassword(BaseModel):
    invalidate_current_password: Annotated[
        StrictBool | None, Field(description="End the current password and all sessions at once.")
    ] = False


class ResetPasswordConfirm(BaseModel):
    token: Annotated[str, Field(max_length=255, description="The code in the mailed link.")]
    password: Password


class ResetPasswordResponse(BaseModel):
    email: str
    object: Literal["user"]
    reset_link_sent: bool


class ResetPasswordConfirmResponse(BaseModel):
    object: Literal["user"]
    password_reset: bool


class CreateUserResponse(BaseModel):
    id: str
    object: Literal["user"]
    created: bool
    data: UserFullResponse


class PatchUserResponse(BaseModel):
    id: str
    object: Literal["user"]
    patched: bool
    data: UserFullResponse


class ConfirmUserResponse(BaseModel):
    id: str
    object: Literal["user"]
    confirmed: bool
    data: UserFullResponse


class SuspendUserResponse(BaseModel):
    id: str
    object: Literal["user"]
    suspended: bool
    data: UserFullResponse


class ResendUserVerificationEmailResponse(BaseModel):
    object: Literal["user"]
    confirmation_resent: bool


UserResponse = Data[UserFullResponse]
UsersResponse = PageOf[UserSummaryResponse]
DeleteUserResponse = Deleted[str, Literal["user"]]
