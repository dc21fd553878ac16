"""Delete a snippet that no content inserts."""

from collections.abc import Iterator

from postrider.campaigns.service import CampaignService
from postrider.campaigns.variants.service import CampaignVariants
from postrider.kit.deletion import delete_unused
from postrider.kit.errors import Invalid
from postrider.snippets.service import SnippetService
from postrider.templates.service import TemplateService
from postrider.uses.model import OwnerKind, UsedKind, UsedObject
from postrider.uses.service import UseService
from postrider.workflows.service import WorkflowService


class SnippetDeletion:
    def __init__(
        self,
        snippets: SnippetService,
        uses: UseService,
        campaigns: CampaignService,
        variants: CampaignVariants,
        workflows: WorkflowService,
        templates: TemplateService,
    ) -> None:
        self._snippets, self._uses, self._campaigns, self._variants = snippets, uses, campaigns, variants
        self._workflows, self._templates = workflows, templates

    def delete(self, account_id: str, name: str) -> None:
        """Delete the snippet. Raises NotFound, or Invalid while a latest content inserts it."""
        snippet = self._snippets.get(account_id, name)
        delete_unused(
            check=lambda: self._check_unused(account_id, snippet.name),
            delete=lambda: self._snippets.delete(snippet),
            restore=lambda: self._snippets.restore(snippet),
        )

    def _check_unused(self, account_id: str, name: str) -> None:
        user = next(self._users(account_id, name), None)
        if user is not None:
            reason = f"The snippet is in use by {user}; remove it from the content there first."
            raise Invalid(reason, code="snippet_in_use", field="snippet_name")

    def _users(self, account_id: str, name: str) -> Iterator[str]:
        """Yield descriptions of the objects whose latest content inserts the snippet."""
        ids: dict[OwnerKind, set[int]] = {kind: set() for kind in OwnerKind}
        for owner in self._uses.owners(account_id, UsedObject(UsedKind.SNIPPET, name)):
            ids[owner.kind].add(int(owner.id))
        for campaign in self._campaigns.many(account_id, ids[OwnerKind.CAMPAIGN] | ids[OwnerKind.VARIANT]).values():
            others = self._variants.of(campaign).snippets_of_others if campaign.id in ids[OwnerKind.VARIANT] else ()
            if name in (campaign.snippets or ()) or name in others:
                yield f"campaign {campaign.id}"
        for action in self._workflows.actions_by_id(account_id, ids[OwnerKind.ACTION]).values():
            if name in (action.snippets or ()):
                yield f"an action of workflow {action.workflow_id}"
        for template in self._templates.many(account_id, ids[OwnerKind.TEMPLATE]):
            if name in (template.snippets or ()):
                yield f"template {template.id}"
