"""Rules of templates (main-api.md, section 17)."""

from collections.abc import Iterable
from contextlib import AbstractContextManager
from dataclasses import replace
from typing import Any

from cachetools import LRUCache

from postrider.accounts.service import AccountService
from postrider.content.lazy_source import content_source
from postrider.content.model import Content
from postrider.content.snippets import names_of
from postrider.kit.clock import Clock
from postrider.kit.errors import Invalid
from postrider.kit.ids import random_id
from postrider.kit.quotas import add_within_quota
from postrider.snippets.service import SnippetService
from postrider.storage import sequences
from postrider.templates.model import NO_TEMPLATE, Template
from postrider.templates.repository import TemplateRepository, unknown
from postrider.uses.model import OwnerKind, UsedObject, UsingObject, named
from postrider.uses.service import UseService

MAX_TEMPLATES = 1000
"""Maximum number of templates of an account; a listing reads all of them with one query."""
MAX_TAGS = 50
"""Maximum number of tags of a template."""
KEPT_NAMES = 1000
"""Number of trigger names that a process caches with the ids of their templates."""


class TemplateService:
    def __init__(
        self,
        templates: TemplateRepository,
        accounts: AccountService,
        snippets: SnippetService,
        uses: UseService,
        now: Clock,
    ) -> None:
        self._templates, self._accounts, self._now = templates, accounts, now
        self._snippets, self._uses = snippets, uses
        self._named: LRUCache[tuple[str, str], int] = LRUCache(KEPT_NAMES)

    def all(self, account_id: str) -> list[Template]:
        """Return the templates of an account in order of id."""
        return self._templates.all(account_id)

    def get(self, account_id: str, template_id: int) -> Template:
        """Return the template. Raises NotFound."""
        return self._templates.get(account_id, template_id)

    def many(self, account_id: str, template_ids: Iterable[int]) -> list[Template]:
        """Return the existing templates with these ids."""
        return self._templates.many(account_id, template_ids)

    def by_trigger_name(self, account_id: str, trigger_name: str) -> Template:
        """Return the template with this trigger name, which is not case-sensitive. Raises NotFound."""
        key = account_id, trigger_name.casefold()
        for template in self._templates.many(account_id, [self._named[key]] if key in self._named else []):
            if (template.trigger_name or "").casefold() == key[1]:  # as it was when this process found it by the name
                return template
        template_id = self._templates.find_trigger_name(account_id, trigger_name)
        if template_id is None:
            raise unknown()
        template = self._templates.get(account_id, template_id)
        self._named[key] = template_id
        return template

    def content(self, template: Template) -> Content:
        """Return the content of the template. Raises NotFound if it was changed since it was read."""
        return self._templates.content(template)

    def complete_content(self, template: Template) -> Content:
        """Return the content of the template with its snippets inserted. Raises NotFound as `content` does."""
        return self._snippets.inserted(template.account_id, self.content(template))

    def create(
        self,
        account_id: str,
        *,
        name: str,
        content: dict[str, Any],
        tags: list[str] | None = None,
        trigger_name: str | None = None,
    ) -> Template:
        """Create a template with these fields of a content.

        Raises Invalid past MAX_TEMPLATES, for a taken trigger name, and for a content that cannot be sent.
        """
        now = self._now()
        checked = content_source().changed_content(Content(), content)
        template = Template(
            id=NO_TEMPLATE + sequences.allocate("template"),
            account_id=account_id,
            name=name,
            content_id=random_id(),
            created_at=now,
            updated_at=now,
            tags=_checked_tags(tags or []),
            trigger_name=trigger_name,
            snippets=_snippets_of(checked),
        )

        def add() -> None:
            self._templates.save_content(account_id, template.content_id, checked)
            self._templates.add(template)

        reason = f"An account has at most {MAX_TEMPLATES} templates; delete one that is not used."
        with self._saving(None, template):
            add_within_quota(
                MAX_TEMPLATES,
                add=add,
                undo=lambda: self._templates.delete(template),
                count=lambda: len(self._templates.all(account_id)),
                error=Invalid(reason, code="too_many_templates"),
            )
        return template

    def change(
        self, account_id: str, template_id: int, *, settings: dict[str, Any], content: dict[str, Any]
    ) -> Template:
        """Set the given settings (name, tags, trigger_name) and fields of the content.

        Raises NotFound; Invalid as `create` does, and after a concurrent change.
        """
        before = self.get(account_id, template_id)
        if "tags" in settings:
            settings = {**settings, "tags": _checked_tags(settings["tags"] or [])}
        after = replace(before, updated_at=self._now(), **settings)
        if content:
            changed = content_source().changed_content(self.content(before), content)
            after = replace(after, content_id=random_id(), snippets=_snippets_of(changed))
            self._templates.save_content(account_id, after.content_id, changed)
        with self._saving(before, after):
            self._templates.replace(before, after)
        if after.content_id != before.content_id:
            self._templates.delete_content(account_id, before.content_id)
        return after

    def delete(self, account_id: str, template_id: int) -> None:
        """Delete the template; campaigns that were created from it keep their copy. Raises NotFound."""
        template = self.get(account_id, template_id)
        with self._saving(template, None):
            self._templates.delete(template)

    def _saving(self, before: Template | None, after: Template | None) -> AbstractContextManager[None]:
        """Note the snippets of a template before and after its change; a template that does not exist is None."""
        template = after or before
        assert template is not None, "before or after must exist"
        owner = UsingObject(OwnerKind.TEMPLATE, str(template.id))
        return self._uses.saving(template.account_id, owner, before=_named_by(before), after=_named_by(after))

    def render(self, template: Template) -> str:
        """Return the HTML merged without a contact, with the account's company; a text-only content as preformatted text."""
        from postrider.accounts.merge_tags import company_tags
        from postrider.content.merge_tags import Frame
        from postrider.content.preview import render_alone

        company = company_tags(self._accounts.get_cached(template.account_id))
        frame = Frame(sender_name="", sender_email="", list_name="", company=company)
        return render_alone(content_source().source_of(self.complete_content(template)), frame=frame, now=self._now())


def _snippets_of(content: Content) -> list[str] | None:
    return sorted(names_of(content)) or None


def _named_by(template: Template | None) -> frozenset[UsedObject]:
    return frozenset() if template is None else named(snippets=template.snippets or ())


def _checked_tags(tags: list[str]) -> list[str]:
    """Return the tags without repetitions, in order. Raises Invalid for more than MAX_TAGS."""
    if len(tags) > MAX_TAGS:
        raise Invalid(f"A template has at most {MAX_TAGS} tags.", code="too_many_tags", field="tags")
    return list(dict.fromkeys(tags))
