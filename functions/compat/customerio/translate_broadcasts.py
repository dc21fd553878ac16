"""Find broadcasts, the triggered campaigns of the default list, and translate the audiences of their triggers."""

from functions.compat.customerio import schemas_broadcasts as schemas
from functions.compat.customerio.translate_filters import people_tree
from postrider import bootstrap
from postrider.campaigns.children.model import Audience, FileAudience, FilteredAudience, NamedAudience, ParentAudience
from postrider.campaigns.children.people_file import people_of
from postrider.campaigns.model import Campaign
from postrider.contacts.identifiers import IdentifierKind
from postrider.kit.errors import NotFound


def broadcasts_of(account_id: str) -> list[Campaign]:
    """Return the broadcasts of the account in order of id."""
    list_id = bootstrap.lists().default(account_id).id
    return [campaign for campaign in bootstrap.campaigns().triggered(account_id) if campaign.list_id == list_id]


def broadcast_of(account_id: str, broadcast_id: int) -> Campaign:
    """Return a broadcast. Raises NotFound, also for other campaigns."""
    campaign = bootstrap.campaigns().get(account_id, broadcast_id)
    if not campaign.triggered or campaign.list_id != bootstrap.lists().default(account_id).id:
        raise NotFound("Unknown broadcast.", code="broadcast_not_found", field="broadcast_id")
    return campaign


def audience_of(broadcast: Campaign, body: schemas.TriggerDefaultAudience) -> Audience:
    """Return the audience of a trigger. Raises Invalid for an invalid filter."""
    may_be_unknown = _may_be_unknown(body)
    match body:
        case schemas.TriggerRecipients():
            tree = people_tree(broadcast.account_id, body.recipients, field="recipients")
            return FilteredAudience(tree=tree)
        case schemas.TriggerDataFile():
            return FileAudience(url=body.data_file_url, may_be_unknown=may_be_unknown)
        case schemas.TriggerEmails():
            return _people([{"email": email} for email in body.emails], may_be_unknown)
        case schemas.TriggerIds():
            return _people([{"id": person_id} for person_id in body.ids], may_be_unknown)
        case schemas.TriggerPerUserData():
            return _people(body.per_user_data, may_be_unknown)
    return ParentAudience()


def _people(entries: list[dict[str, object]], may_be_unknown: frozenset[IdentifierKind]) -> NamedAudience:
    return people_of(enumerate(entries, start=1), may_be_unknown=may_be_unknown)


def _may_be_unknown(body: schemas.TriggerDefaultAudience) -> frozenset[IdentifierKind]:
    flags = {
        IdentifierKind.EXTERNAL_ID: body.id_ignore_missing,
        IdentifierKind.EMAIL: body.email_ignore_missing,
    }
    return frozenset(kind for kind, is_set in flags.items() if is_set)
