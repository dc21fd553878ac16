"""Additions of this platform to the contract: members of bodies and answers, and values of enumerations, by schema.

An added member is optional for clients, so programs that are written to the contract work unchanged.
"""

from typing import Any

TRIGGER_NAME = {"anyOf": [{"type": "string", "pattern": "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"}, {"type": "null"}]}
SUPPRESSION = {
    "type": ["object", "null"],
    "properties": {
        "reason": {"type": "string"},
        "since": {"type": "integer"},
        "pattern": {"type": ["string", "null"]},
    },
    "required": ["reason", "since", "pattern"],
}
URL = {"type": "string", "minLength": 1, "maxLength": 2083, "format": "uri"}
WARNINGS = {
    "type": "array",
    "items": {
        "type": "object",
        "properties": {"type": {"type": "string"}, "msg": {"type": "string"}},
        "required": ["type", "msg"],
    },
}
MAYBE_TEXT = {"type": ["string", "null"]}
SIGNING = {"type": "string", "enum": ["own", "ses"]}
PROBLEMS = (
    "unanswered missing doubled_domain doubled_target wrong_host wrong_type quotes split several other_value not_used"
)
FOUND = {
    "type": {"type": "string"},
    "name": {"type": "string"},
    "value": {"type": "string"},
    "found_values": {"type": ["array", "null"], "items": {"type": "string"}},
    "problem": {"anyOf": [{"type": "string", "enum": PROBLEMS.split()}, {"type": "null"}]},
    "hint": MAYBE_TEXT,
}
RECORD = {
    "type": "object",
    "properties": {"entry": {"type": "string"}, "valid": {"type": ["boolean", "null"]}, **FOUND},
    "required": ["entry", "valid", *FOUND],
}
YES_OR_NO = {"type": "boolean"}
MAYBE = {"type": ["boolean", "null"]}
EVENTS = {"type": "array", "items": {"$ref": "#/components/schemas/WebhookEvent"}}
SOME_EVENTS = {"anyOf": [{**EVENTS, "minItems": 1, "maxItems": 41}, {"type": "null"}]}
SOURCES = {"type": "array", "items": {"type": "string", "enum": ["person", "admin", "api"]}}
SOME_SOURCES = {"anyOf": [{**SOURCES, "maxItems": 3}, {"type": "null"}]}
LIST_ONLY = {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]}
SENDING = {
    "triggered": {"type": "boolean"},
    "parent_id": {"type": ["integer", "null"]},
    "number": {"type": ["integer", "null"]},
}
MEMBERS: dict[str, dict[str, Any]] = {
    "AccountFullResponse": {
        "bypass_recaptcha": {"type": "boolean"},
        "color": {"type": ["string", "null"]},
        "default_list_id": {"type": ["integer", "null"]},
    },
    "PatchSelfAccount": {
        "logo": {"anyOf": [URL, {"type": "null"}]},
        "color": {"anyOf": [{"type": "string", "pattern": "^#[0-9a-fA-F]{6}$"}, {"type": "null"}]},
        "default_list_id": {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]},
    },
    "CreateDkim": {
        "signing": SIGNING | {"default": "own"},
        "private_key": {"anyOf": [{"type": "string", "maxLength": 4096}, {"type": "null"}]},
    },
    "DkimKeyFullResponse": {
        "status": {
            "anyOf": [{"type": "string", "enum": ["unverified", "pending", "active", "replaced"]}, {"type": "null"}]
        },
        "signing": SIGNING,
        "records": {"type": "array", "items": RECORD},
        "problem": MAYBE_TEXT,
    },
    "DomainInstructionResponse": FOUND,
    "DomainsInstructionResponse": {"dmarc": {"type": "array", "items": RECORD}},
    "CampaignFullResponse": {
        "stalled": {"type": "boolean"},
        **SENDING,
        "recipients": {"type": ["integer", "null"]},
        "refusal": MAYBE_TEXT,
    },
    "CampaignSummaryResponse": SENDING,
    "CreateCampaign": {"triggered": MAYBE | {"default": False}},
    "TaskFullResponse": {"stalled": {"type": "boolean"}},
    "ScheduleCampaignResponse": {"warnings": WARNINGS},
    "SendEmail": {
        "send_at": {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 2_147_483_647}, {"type": "null"}]},
        "draft": {"type": ["boolean", "null"], "default": False},
    },
    "SendTestEmailResponse": {"warnings": WARNINGS},
    "ImportContacts": {"start_workflows": YES_OR_NO},
    "CampaignContent": {"inline_css": MAYBE},
    "PatchCampaignContent": {"inline_css": MAYBE},
    "CampaignContentResponse": {"inline_css": MAYBE},
    "ContactFullResponse": {"suppressed": SUPPRESSION, "opted_in_on": {"type": ["integer", "null"]}},
    "ListStatResponse": {"mailable_contacts": {"type": "integer"}},
    "RenderCampaignFullResponse": {"warnings": WARNINGS},
    "TemplateCreate": {"trigger_name": TRIGGER_NAME},
    "PatchTemplate": {"trigger_name": TRIGGER_NAME},
    "TemplateSummaryResponse": {"trigger_name": {"type": ["string", "null"]}},
    "CreateWebhook": {
        "events": SOME_EVENTS,
        "list_id": LIST_ONLY,
        "sources": SOME_SOURCES,
        "ordered": MAYBE,
    },
    "PatchWebhook": {
        "events": SOME_EVENTS,
        "list_id": LIST_ONLY,
        "sources": SOME_SOURCES,
        "ordered": MAYBE,
    },
    "WebhookData": {
        "events": EVENTS,
        "list_id": {"type": ["integer", "null"]},
        "sources": SOURCES,
        "ordered": {"type": "boolean"},
        "disabled_reason": {"anyOf": [{"type": "string", "enum": ["gone", "failing"]}, {"type": "null"}]},
        "format": {"type": "string", "enum": ["main", "list", "reporting"]},
    },
    "SignatureInfo": {"former_key": {"type": ["string", "null"]}},
    "ActionEmailSettings": {
        "sender": {"anyOf": [{"$ref": "#/components/schemas/SenderAndName"}, {"type": "null"}]},
    },
    "ActivateWorkflowResponse": {"warnings": WARNINGS},
    "SendTestActionResponse": {"warnings": WARNINGS},
    "SendTestEmail": {"variant_id": {"anyOf": [{"type": "integer", "minimum": 1}, {"type": "null"}]}},
    "UnsubscribeContactResponse": {"id": {"type": "integer"}},
    "TemplateFullResponse": {"trigger_name": {"type": ["string", "null"]}},
}
VALUES = {
    "TaskType": (
        *("contactsimport", "contactsfileimport", "contactsfilefetch", "suppressionsfileimport"),
        *("contactschange", "workflowstart"),
    )
}
"""main-api.md, section 13."""


def extend(contract: dict[str, Any]) -> None:
    """Add the members and values to the schemas of the contract."""
    for schema, members in MEMBERS.items():
        contract["components"]["schemas"][schema]["properties"].update(members)
    for schema, values in VALUES.items():
        contract["components"]["schemas"][schema]["enum"] += values
