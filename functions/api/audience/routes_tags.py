"""Tags over HTTP: /tags."""

from typing import Annotated

from functions.api.audience.schemas_tags import (
    ArchiveTagResponse,
    CreateTag,
    CreateTagResponse,
    DeleteTagResponse,
    PatchTag,
    PatchTagResponse,
    TagFullResponse,
    TagResponse,
    TagsResponse,
    UnarchiveTagResponse,
)
from postrider import bootstrap
from postrider.groups.service import GroupService
from postrider.http import Caller, Depends, Operations
from postrider.http.main.auth import needs
from postrider.http.main.dialect import MAIN
from postrider.http.main.listing import listing
from postrider.http.main.paging import PageRequest
from postrider.http.main.wire import TagPath
from postrider.usecases.delete_labels import NameDeletion

operations = Operations("Tags", MAIN)
Groups = Annotated[GroupService, Depends(bootstrap.groups)]
Deletions = Annotated[NameDeletion, Depends(bootstrap.label_deletion)]
Reader = Annotated[Caller, Depends(needs("tags:read"))]
Writer = Annotated[Caller, Depends(needs("tags:write"))]


@operations.get("/tags", "List tags")
def list_tags(caller: Reader, groups: Groups, paging: PageRequest) -> TagsResponse:
    """Return a page of the account's tags, by name."""
    pagination, items = listing(groups.all(caller.account_id), paging)
    return TagsResponse(pagination=pagination, data=[TagFullResponse(tag=group.name) for group in items])


@operations.post("/tags", "Create a tag", status=201)
def create_tag(caller: Writer, groups: Groups, body: CreateTag) -> CreateTagResponse:
    """Create a tag.

    Refused with 400 if the account already has a tag with this name.
    """
    name = groups.create(caller.account_id, body.tag).name
    return CreateTagResponse(tag=name, object="tag", created=True, data=TagFullResponse(tag=name))


@operations.get("/tags/{tag}", "Show a tag")
def show_tag(caller: Reader, groups: Groups, tag: TagPath) -> TagResponse:
    """Return one tag by its name."""
    return TagResponse(data=TagFullResponse(tag=groups.by_name(caller.account_id, tag).name))


@operations.patch("/tags/{tag}", "Rename a tag")
def patch_tag(caller: Writer, groups: Groups, tag: TagPath, body: PatchTag) -> PatchTagResponse:
    """Rename a tag.

    Contacts, segments and the conditions of contents use the new name. Refused with 400 if the account already has a tag
    with this name.
    """
    name = groups.rename(caller.account_id, tag, body.tag).name
    return PatchTagResponse(tag=name, object="tag", updated=True, data=TagFullResponse(tag=name))


@operations.delete("/tags/{tag}", "Delete a tag")
def delete_tag(caller: Writer, deletions: Deletions, tag: TagPath) -> DeleteTagResponse:
    """Delete a tag, also from all contacts.

    Refused with 400 while a segment uses it, or mail is being sent to such a segment.
    """
    deletions.delete_tag(caller.account_id, tag)
    return DeleteTagResponse(tag=tag, object="tag", deleted=True)


@operations.post("/tags/{tag}/archive", "Archive a tag")
def archive_tag(caller: Writer, groups: Groups, tag: TagPath) -> ArchiveTagResponse:
    """Archive a tag: contacts and segments keep it, and the Kasplo API shows it as inactive and refuses it.

    Archiving it again changes nothing.
    """
    name = groups.archive(caller.account_id, tag).name
    return ArchiveTagResponse(tag=name, object="tag", archived=True, data=TagFullResponse(tag=name))


@operations.post("/tags/{tag}/unarchive", "Unarchive a tag")
def unarchive_tag(caller: Writer, groups: Groups, tag: TagPath) -> UnarchiveTagResponse:
    """Restore an archived tag.

    Repeating it changes nothing.
    """
    name = groups.unarchive(caller.account_id, tag).name
    return UnarchiveTagResponse(tag=name, object="tag", archived=False, data=TagFullResponse(tag=name))
