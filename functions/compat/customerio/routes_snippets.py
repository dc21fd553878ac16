"""Snippets over Customer.io's App API: /v1/snippets."""

from typing import Annotated

from functions.compat.customerio.auth import CUSTOMERIO
from functions.compat.customerio.errors import ERRORS, ErrorsEnvelope
from functions.compat.customerio.schemas_snippets import Snippet, SnippetInput, SnippetResponse, SnippetsResponse
from postrider import bootstrap
from postrider.http import Caller, Depends, Operations
from postrider.http.error_responses import DESCRIPTIONS
from postrider.snippets.service import SnippetService
from postrider.usecases.delete_snippet import SnippetDeletion

operations = Operations("Snippets", CUSTOMERIO)
IN_USE = ERRORS | {400: (DESCRIPTIONS[400], ErrorsEnvelope)}
Snippets = Annotated[SnippetService, Depends(bootstrap.snippets)]
Deletion = Annotated[SnippetDeletion, Depends(bootstrap.snippet_deletion)]
Reader = Annotated[Caller, Depends(CUSTOMERIO.needs("content:read"))]
Writer = Annotated[Caller, Depends(CUSTOMERIO.needs("content:write"))]


@operations.get("/v1/snippets", "List snippets")
def list_snippets(caller: Reader, snippets: Snippets) -> SnippetsResponse:
    """Return all snippets of the account in order of name."""
    return SnippetsResponse(
        snippets=[Snippet.model_validate(vars(snippet)) for snippet in snippets.all(caller.account_id)]
    )


@operations.put("/v1/snippets", "Create or update a snippet", errors=(400, 401))
def upsert_snippet(caller: Writer, snippets: Snippets, body: SnippetInput) -> SnippetResponse:
    """Create the snippet with this name, or change its value. Mails that are sent later have the new value."""
    snippet = snippets.put(caller.account_id, name=body.name, value=body.value)
    return SnippetResponse(snippet=Snippet.model_validate(vars(snippet)))


@operations.delete(
    "/v1/snippets/{snippet_name}", "Delete a snippet", status=204, errors=(400, 401, 404), error_models=IN_USE
)
def delete_snippet(caller: Writer, deletion: Deletion, snippet_name: str) -> None:
    """Delete a snippet that no template, newsletter, campaign or action of a workflow inserts."""
    deletion.delete(caller.account_id, snippet_name)
