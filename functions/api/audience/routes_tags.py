"""Tags over HTTP: /tags."""

from typing import Annotated

from functions.api.audience.schemas_tags import (
    CreateTag,
    CreateTagResponse,
    DeleteTagResponse,
    PatchTag,
    PatchTagResponse,
    TagFullResponse,
    TagResponse,
    TagsResponse,
)
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations, needs
from postrider.http.listing import listing
from postrider.http.wire import Page, PerPage, TagPath, WithCount
from postrider.tags.service import TagService

operations = Operations("Tags")
Tags = Annotated[TagService, Depends(bootstrap.tags)]
Reader = Annotated[Caller, Depends(needs("tags:read"))]
Writer = Annotated[Caller, Depends(needs("tags:write"))]


@operations.get("/tags", "List tags")
def list_tags(
    caller: Reader, tags: Tags, page: Page = 1, per_page: PerPage = 50, with_count: WithCount = False
) -> TagsResponse:
    """Return a page of the account's tags, by name."""
    pagination, items = listing(tags.all(caller.account_id), page=page, per_page=per_page, with_count=with_count)
    return TagsResponse(pagination=pagination, data=[TagFullResponse(tag=tag.name) for tag in items])


@operations.post("/tags", "Create a tag", status=201)
def create_tag(caller: Writer, tags: Tags, body: CreateTag) -> CreateTagResponse:
    """Create a tag.

    Refused with 400 when the account has a tag of this name.
    """
    name = tags.create(caller.account_id, body.tag)
    return CreateTagResponse(tag=name, object="tag", created=True, data=TagFullResponse(tag=name))


@operations.get("/tags/{tag}", "Show a tag")
def show_tag(caller: Reader, tags: Tags, tag: TagPath) -> TagResponse:
    """Return one tag by its name."""
    return TagResponse(data=TagFullResponse(tag=tags.check(caller.account_id, tag)))


@operations.patch("/tags/{tag}", "Rename a tag")
def patch_tag(caller: Writer, tags: Tags, tag: TagPath, body: PatchTag) -> PatchTagResponse:
    """Rename a tag.

    Contacts and segments follow the new name. Refused with 400 when the account has a tag of that name.
    """
    name = tags.rename(caller.account_id, tag, body.tag)
    return PatchTagResponse(tag=name, object="tag", updated=True, data=TagFullResponse(tag=name))


@operations.delete("/tags/{tag}", "Delete a tag")
def delete_tag(caller: Writer, tags: Tags, tag: TagPath) -> DeleteTagResponse:
    """Delete a tag; contacts lose it.

    Refused with 400 while a segment names it, or mail is being sent to such a segment.
    """
    tags.delete(caller.account_id, tag)
    return DeleteTagResponse(tag=tag, object="tag", deleted=True)
