"""Requests of one person about their data over HTTP: /people. Responses contain that data, so they are not kept for retries."""

from dataclasses import asdict
from typing import Annotated

from functions.api.audience.schemas_people import (
    ErasePersonResponse,
    ExportPersonResponse,
    LiftErasureResponse,
    PersonConsent,
    PersonContact,
    PersonDevice,
    PersonEmail,
    PersonErasure,
    PersonEvent,
    PersonFull,
    PersonLogRow,
    PersonMail,
    PersonRelation,
    PersonRequest,
    PersonSignUp,
    PersonSuppression,
)
from postrider import bootstrap
from postrider.consent.model import form_id_of
from postrider.contacts.model import ConsentRecord
from postrider.filters.schema import BOUNCE_CODES
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.dialect import MAIN
from postrider.http.main.events import additional_info_of, log_type_of
from postrider.kit.clock import unix, unix_or_none
from postrider.mail_events.model import LogRow
from postrider.privacy.model import DataSubjectExport, Membership
from postrider.privacy.service import PrivacyService

operations = Operations("Person", MAIN, keep_answers=False)
People = Annotated[PrivacyService, Depends(bootstrap.privacy)]
Reader = Annotated[Caller, Depends(needs("people:read"))]
Writer = Annotated[Caller, Depends(needs("people:write"))]


def _contact(member: Membership) -> PersonContact:
    contact = member.contact
    names = bootstrap.contact_names().of(contact.account_id, contact.list_id, [contact])
    return PersonContact(
        list_id=contact.list_id,
        list_name=member.list_name,
        contact_id=contact.id,
        email=contact.email,
        external_id=contact.external_id,
        status=contact.status.value,
        subscribed_on=unix(contact.subscribed_at),
        updated_on=unix(contact.updated_at),
        opted_in_on=unix_or_none(contact.opted_in_at),
        suppressed=contact.suppressed,
        last_bounce_type=BOUNCE_CODES[contact.last_bounce_type],
        bounces_count=contact.bounces_count,
        custom_attributes={name: str(value) for name, value in names.attributes_of(contact).items()},
        tags=names.tags_of(contact),
        interests=names.interests_of(contact),
        consents=[_consent(record) for record in member.consents],
        sign_ups=[
            PersonSignUp(
                form_id=form_id_of(sign_up.id),
                consent=_consent(sign_up.consent),
                created_on=unix(sign_up.created_at),
                custom_attributes=sign_up.attributes,
                interests=sign_up.interests,
            )
            for sign_up in member.sign_ups
        ],
        log=[_log_row(row) for row in member.log],
        mails=[
            PersonMail(
                campaign_id=campaign_id,
                outcome=row.outcome.value,
                reason=row.reason,
                sent_on=unix_or_none(row.sent_at),
                message_id=row.message_id,
            )
            for campaign_id, row in member.mails.items()
        ],
        devices=[
            PersonDevice(
                token=device.token,
                platform=device.platform,
                last_used_on=unix(device.last_used_at),
                attributes=dict(device.attributes),
            )
            for device in member.devices
        ],
        relations=[
            PersonRelation(
                object_type_id=relation.type_id, object_id=relation.object_id, attributes=dict(relation.attributes)
            )
            for relation in member.relations
        ],
        events=[
            PersonEvent(
                name=event.name,
                kind=event.kind.value,
                occurred_on=unix(event.occurred_at),
                data=dict(event.properties),
            )
            for event in member.contact_events
        ],
        events_count=member.events_count,
    )


def _consent(record: ConsentRecord) -> PersonConsent:
    return PersonConsent(
        consented_on=unix_or_none(record.consented_at),
        text=record.text or None,
        url=record.url or None,
        ip=record.ip or None,
        user_agent=record.user_agent or None,
        created_on=unix(record.created_at),
    )


def _log_row(row: LogRow) -> PersonLogRow:
    return PersonLogRow(
        type=log_type_of(row.type),
        timestamp=unix(row.at),
        campaign_id=row.campaign_id,
        clickthru_url=row.url,
        ip=row.ip,
        user_agent=row.user_agent,
        additional_info=additional_info_of(row),
    )


def _emails(data: DataSubjectExport) -> list[PersonEmail]:
    return [
        PersonEmail(
            email_id=copy.mail_id,
            subject=copy.subject,
            outcome=copy.outcome.value,
            reason=copy.reason,
            sent_on=unix_or_none(copy.sent_at),
            message_id=copy.message_id,
            log=[_log_row(row) for row in data.copies_log if row.contact_id == copy.id],
        )
        for copy in data.copies
    ]


@operations.post("/people/export", "Show all data of one person")
def export_person(caller: Reader, people: People, body: PersonRequest) -> ExportPersonResponse:
    """Return all data that is stored about one address, on every list of the account.

    It is a POST, so that the address is not in logs of URLs.
    """
    data = people.export(caller.account_id, body.email)
    entry = data.suppression
    return ExportPersonResponse(
        object="person",
        data=PersonFull(
            email=data.address,
            contacts=[_contact(member) for member in data.memberships],
            emails=_emails(data),
            suppression=None
            if entry is None
            else PersonSuppression(email=entry.pattern, source=entry.source.value, added_on=unix(entry.added_at)),
        ),
    )


@operations.post("/people/erase", "Erase one person, and keep the address suppressed")
def erase_person(caller: Writer, people: People, body: PersonRequest) -> ErasePersonResponse:
    """Erase all data that is stored about one address, on every list of the account.

    A keyed hash of the address is kept, so that it is not mailed again, and imports, forms and calls do not store the person
    again. Repeating the call completes an interrupted erasure. It needs no Idempotency-Key.
    """
    erasure = people.erase(caller.account_id, body.email)
    return ErasePersonResponse(object="person", erased=True, suppressed=True, data=PersonErasure(**asdict(erasure)))


@operations.post("/people/lift-erasure", "Lift the erasure of a person")
def lift_erasure(caller: Writer, people: People, body: PersonRequest) -> LiftErasureResponse:
    """Lift the erasure of one address, because the person wants to be stored again.

    Erased data is not restored. The address stays suppressed if the person has requested this or complained. Refused with
    400 if no person with this address was erased. It needs no Idempotency-Key.
    """
    return LiftErasureResponse(
        object="person", lifted=True, suppressed=people.lift_erasure(caller.account_id, body.email)
    )
