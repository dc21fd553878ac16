"""Define requests and responses: accounts."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, StrictBool

from functions.api.accounts.schemas_users import Confirmation, NewPassword, NewPerson
from postrider.http.envelopes import Data, Deleted, PageOf
from postrider.http.main.wire import Email, EmailText, Line, Name, Unix, Url

DEFAULT_LIST = "The list for calls without a list; null until the first such call chooses the oldest active list."

Color = Annotated[str, Field(max_length=7, pattern=r"^#[0-9a-fA-F]{6}$")]


class AccountStatus(StrEnum):
    TRIAL = "trial"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    SUSPENDED_BY_PARTNER = "suspended_by_partner"
    DELETED = "deleted"
    INCOMPLETE = "incomplete"
    PENDING = "pending"


class AddressResponse(BaseModel):
    """A value that was never set is null."""

    address1: str | None = None
    address2: str | None = None
    city: str | None = None
    country: str | None = None
    province: str | None = None
    postal_code: str | None = None


class AccountOwnerResponse(BaseModel):
    user_id: str | None


class UsageLimitsResponse(BaseModel):
    """A value that was never set is null."""

    starts_on: int | None = None
    per_campaign: int | None = None
    per_month: int | None = None
    maximum_contacts: int | None = None
    lists: int | None = None
    users: int | None = None
    campaign_blueprints: int | None = None
    automation_conditions: int | None = None
    use_campaign_blueprints: bool | None = None
    use_ab_split: bool | None = None
    use_automation_conditions: bool | None = None
    use_automation_customwebhooks: bool | None = None
    use_html_editor: bool | None = None
    use_contact_export: bool | None = None
    use_custom_merge_tags: bool | None = None
    use_list_redirection: bool | None = None
    use_behavioral_segmentation: bool | None = None
    use_smart_email_resource: bool | None = None
    use_smart_blueprint: bool | None = None
    use_brand: bool | None = None
    use_tags_in_automation: bool | None = None
    use_tags: bool | None = None
    insert_reseller_logo: bool | None = None


class AccountOverrides(BaseModel):
    bypass_recaptcha: bool
    inject_address: bool
    inject_unsubscribe_link: bool


class AccountFullResponse(BaseModel):
    id: str
    lineage: Annotated[str, Field(description='Account ids from root to this account, joined by "-".')]
    status: AccountStatus
    name: str | None
    address: AddressResponse
    account_owner: AccountOwnerResponse
    default_list_id: Annotated[int | None, Field(description=DEFAULT_LIST)]
    fax: str | None
    phone: str | None
    website: str | None
    logo: str
    color: Annotated[str | None, Field(description="Colour of buttons on public pages, as #rrggbb.")]
    usage_limits: UsageLimitsResponse
    last_activity_on: Unix
    created_on: Unix
    partner: bool
    overrides: AccountOverrides
    bypass_recaptcha: Annotated[bool, Field(description="As in overrides, for clients that look for it here.")]


class Address(BaseModel):
    address1: Name
    address2: Line | None = None
    city: Name
    country: Name
    province: Name
    postal_code: Name


class AccountOwnerRef(BaseModel):
    user_id: Annotated[int, Field(ge=1)]


class Domains(BaseModel):
    bounce: Line | None = None
    tracking: Url | None = None
    forward: Url | None = None


class PatchSelfAccount(BaseModel):
    address: Address | None = None
    default_list_id: Annotated[int | None, Field(ge=1, description=DEFAULT_LIST)] = None
    name: Line | None = None
    account_owner: AccountOwnerRef | None = None
    fax: Line | None = None
    phone: Line | None = None
    domains: Domains | None = Domains()
    website: Url | None = None
    logo: Annotated[Url | None, Field(description="Picture at the top of public pages.")] = None
    color: Annotated[Color | None, Field(description="Colour of buttons on public pages, as #rrggbb.")] = None


class PatchAccountResponse(BaseModel):
    data: AccountFullResponse
    warnings: list[dict[str, Any]] | None


class UsageLimits(BaseModel):
    """Quotas and features of an account; -1 means unlimited for the counted ones."""

    starts_on: Annotated[int, Field(ge=0)] | None = None
    per_campaign: Annotated[int, Field(ge=0)] | None = None
    per_month: Annotated[int, Field(ge=0)] | None = None
    maximum_contacts: Annotated[int, Field(ge=0)] | None = None
    lists: int | None = None
    users: int | None = None
    campaign_blueprints: int | None = None
    automation_conditions: int | None = None
    use_campaign_blueprints: StrictBool | None = None
    use_automation_conditions: StrictBool | None = None
    use_automation_customwebhooks: StrictBool | None = None
    use_html_editor: StrictBool | None = None
    use_contact_export: StrictBool | None = None
    use_custom_merge_tags: StrictBool | None = None
    use_list_redirection: StrictBool | None = None
    use_behavioral_segmentation: StrictBool | None = None
    use_ab_split: StrictBool | None = None
    use_smart_email_resource: StrictBool | None = None
    use_smart_blueprint: StrictBool | None = None
    use_brand: StrictBool | None = None
    insert_reseller_logo: StrictBool | None = None
    use_tags_in_automation: StrictBool | None = None
    use_tags: StrictBool | None = None


class AccountOwnerUser(NewPerson):
    password: NewPassword | None = None


class CreateAccount(BaseModel):
    name: Name
    address: Address | None = None
    account_owner: AccountOwnerUser
    fax: Name | None = None
    phone: Name | None = None
    website: Url | None = None
    usage_limits: UsageLimits | None = UsageLimits()
    domains: Domains | None = Domains()
    trial: Annotated[StrictBool | None, Field(description="Open it as a trial.")] = False
    partner: StrictBool | None = False


class PatchAccount(BaseModel):
    address: Address | None = None
    name: Line | None = None
    account_owner: AccountOwnerRef | None = None
    fax: Line | None = None
    phone: Line | None = None
    domains: Domains | None = Domains()
    website: Url | None = None
    usage_limits: UsageLimits | None = UsageLimits()
    trial: Annotated[StrictBool | None, Field(description="Make it a trial, or end the trial.")] = None
    partner: StrictBool | None = None


class ConfirmAccount(BaseModel):
    confirmation: Confirmation


class ResendVerificationEmail(BaseModel):
    email: Email


class AccountSummaryResponse(BaseModel):
    id: str
    lineage: Annotated[str, Field(description='Account ids from root to this account, joined by "-".')]
    status: AccountStatus
    partner: bool
    name: str | None
    account_owner: AccountOwnerResponse
    usage_limits: UsageLimitsResponse
    created_on: Unix
    expires_on: Unix | None


class CreateAccountResponse(BaseModel):
    id: str
    object: Literal["account"]
    email: EmailText
    data: AccountFullResponse | None
    metadata: Annotated[str | None, Field(description="Always null.")] = None
    created: bool
    warnings: list[dict[str, Any]] | None = None


class ConfirmAccountResponse(BaseModel):
    id: str
    object: Literal["account"]
    email: EmailText
    data: AccountFullResponse | None
    metadata: Annotated[str | None, Field(description="Always null.")] = None
    confirmed: bool


class SuspendAccountResponse(BaseModel):
    id: str
    object: Literal["account"]
    suspended: bool
    data: AccountSummaryResponse


class UnsuspendAccountResponse(BaseModel):
    id: str
    object: Literal["account"]
    unsuspended: bool
    data: AccountSummaryResponse


class ResendAccountVerificationEmailResponse(BaseModel):
    object: Literal["account"]
    verification_resent: bool


AccountResponse = Data[AccountFullResponse]
AccountsResponse = PageOf[AccountSummaryResponse]
DeleteAccountResponse = Deleted[str, Literal["account"]]
