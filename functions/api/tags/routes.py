"""Tags over HTTP: /tags."""

from typing import Annotated

from functions.api.tags.schemas import (
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
from postrider.groups.service import GroupService
from postrider.http import Caller, Depends, Operations, needs
from postrider.http.listing import listing
from postrider.http.wire import Page, PerPage, TagPath, WithCount
from postrider.usecases.delete_names import DeleteNames

operations = Operations("Tags")
Groups = Annotated[GroupService, Depends(bootstrap.groups)]
Deletions = Annotated[DeleteNames, Depends(bootstrap.delete_names)]
Reader = Annotated[Caller, Depends(needs("tags:read"))]
Writer = Annotated[Caller, Depends(needs("tags:write"))]


@operations.get("/tags", "List tags")
def list_tags(
    caller: Reader, groups: Groups, page: Page = 1, per_page: PerPage = 50, with_count: WithCount = False
) -> TagsResponse:
    pagination, items = listing(groups.all(caller.account_id), page=page, per_page=per_page, with_count=with_count)
    return TagsResponse(pagination=pagination, data=[TagFullResponse(tag=group.name) for group in items])


@operations.post("/tags", "Create a tag", status=201)
def create_tag(caller: Writer, groups: Groups, body: CreateTag) -> CreateTagResponse:
    name = groups.create(caller.account_id, body.tag).name
    return CreateTagResponse(tag=name, object="tag", created=True, data=TagFullResponse(tag=name))


@operations.get("/tags/{tag}", "Show a tag")
def show_tag(caller: Reader, groups: Groups, tag: TagPath) -> TagResponse:
    return TagResponse(data=TagFullResponse(tag=groups.by_name(caller.account_id, tag).name))


@operations.patch("/tags/{tag}", "Rename a tag")
def patch_tag(caller: Writer, groups: Groups, tag: TagPath, body: PatchTag) -> PatchTagResponse:
    name = groups.rename(caller.account_id, tag, body.tag).name
    return PatchTagResponse(tag=name, object="tag", updated=True, data=TagFullResponse(tag=name))


@operations.delete("/tags/{tag}", "Delete a tag")
def delete_tag(caller: Writer, deletions: Deletions, tag: TagPath) -> DeleteTagResponse:
    deletions.delete_tag(caller.account_id, tag)
    return DeleteTagResponse(tag=tag, object="tag", deleted=True)
