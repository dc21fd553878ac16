"""Define requests and responses: users."""

from typing import Annotated

from pydantic import BaseModel, Field

from postrider.http.envelopes import Data
from postrider.http.main.wire import Languages, TimeZone, Unix


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


UserResponse = Data[UserFullResponse]
