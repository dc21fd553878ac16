"""Define requests and responses: users."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from postrider.http.envelopes import Created, Data, Deleted, PageOf
from postrider.http.main.wire import Digits, Email, Languages, TimeZone, Unix


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
    timezone: TimeZone | None
    office_phone: str | None
    mobile_phone: Annotated[str | None, Field(description="Digits only.")]


class ForgotMyPassword(BaseModel):
    email: Email


class ResetPasswordResponse(BaseModel):
    email: str
    object: Literal["user"]
    reset_link_sent: bool


class ResetUserPassword(BaseModel):
    invalidate_current_password: bool | None = False


class ResetPasswordConfirm(BaseModel):
    token: str
    password: str


class ResetPasswordConfirmResponse(BaseModel):
    object: Literal["user"]
    password_reset: bool


class UserSummaryResponse(BaseModel):
    id: str
    email: str
    status: str | None
    first_name: str | None
    last_name: str | None
    last_activity_on: Unix | None
    created_on: Unix | None
    expires_on: Unix | None


class CreateUser(BaseModel):
    first_name: str
    last_name: str
    title: str | None = None
    office_phone: str | None = None
    mobile_phone: Digits | None = None
    language: Languages | None = None
    timezone: TimeZone | None = None
    password: Annotated[str | None, Field(description="Initial password (admin scope only).")] = None
    email: Email


class ChangePassword(BaseModel):
    current: str | None = None
    new: Annotated[str, Field(min_length=8)]


class PatchUser(BaseModel):
    first_name: str | None = None
    last_name: str | None = None
    title: str | None = None
    office_phone: str | None = None
    mobile_phone: Digits | None = None
    language: Languages | None = None
    timezone: TimeZone | None = None
    password: ChangePassword | None = None


class PatchUserResponse(BaseModel):
    id: str
    object: Literal["user"]
    patched: bool
    data: UserFullResponse


class SuspendUserResponse(BaseModel):
    id: str
    object: Literal["user"]
    suspended: bool
    data: UserFullResponse


class ConfirmUser(BaseModel):
    confirmation: str
    password: Annotated[str, Field(min_length=8)]


class ConfirmUserResponse(BaseModel):
    id: str
    object: Literal["user"]
    confirmed: bool
    data: UserFullResponse


class ResendUserVerificationEmailResponse(BaseModel):
    object: Literal["user"]
    confirmation_resent: bool


UserResponse = Data[UserFullResponse]
UsersResponse = PageOf[UserSummaryResponse]
CreateUserResponse = Created[str, Literal["user"], UserFullResponse]
DeleteUserResponse = Deleted[str, Literal["user"]]
