"""Errors of unions of Customer.io's API have the place of a member, and one sentence for all forms."""

import pytest
from pydantic import ValidationError

from functions.compat.customerio.schemas_customers import Identification
from functions.compat.customerio.schemas_filters import AudienceFilter
from functions.compat.customerio.schemas_imports import ImportRequest
from functions.compat.customerio.schemas_message_exports import DeliveriesExportRequest
from functions.compat.customerio.schemas_objects import ObjectFilter
from functions.compat.customerio.schemas_sends import SendEmailRequest
from functions.compat.customerio.unions import MAX_LEVELS
from postrider.filters import MAX_DEPTH

MAIL = {"to": "ann@example.com", "identifiers": {"id": 1}}
LEAF = {"segment": {"id": 1}}


def nested(levels):
    filter_ = LEAF
    for _ in range(levels - 1):
        filter_ = {"and": [filter_]}
    return filter_


@pytest.mark.parametrize(
    ("model", "body", "place", "text"),
    [
        (DeliveriesExportRequest, {"action_id": 1, "metric": "flown"}, "metric", "Input should be 'created'"),
        (SendEmailRequest, MAIL | {"identifiers": 1}, "identifiers", "Input should be an object"),
        (SendEmailRequest, MAIL | {"identifiers": {"id": []}}, "identifiers.id", "a whole number or a text"),
        (SendEmailRequest, MAIL | {"headers": 1}, "headers", "a map of names to values"),
        (SendEmailRequest, MAIL | {"attachments": 1}, "attachments", "a map of names of files"),
        (AudienceFilter, {"and": [LEAF, {}]}, "and.1", "Send exactly one of attribute, segment, and, or and not"),
        (AudienceFilter, {"not": {"segment": {}}}, "not.segment.id", "Field required"),
        (AudienceFilter, nested(MAX_LEVELS + 1), ".".join(["and.0"] * MAX_LEVELS), "nested too deeply"),
        (ObjectFilter, {"or": [{"object_attribute": 1}]}, "or.0.object_attribute", "valid dictionary"),
        (ImportRequest, {"import": {"type": "cat"}}, "import", "The type should be people, event, object or"),
        (Identification, {"email": []}, "email", "a text of at most 320 characters or a number"),
    ],
)
def test_the_error_of_a_union_names_members(model, body, place, text):
    with pytest.raises(ValidationError) as refused:
        model.model_validate(body)
    (problem,) = refused.value.errors()
    assert (".".join(map(str, problem["loc"])), text in problem["msg"]) == (place, True), problem


def test_filters_of_the_maximum_depth_are_validated_and_written():
    assert MAX_LEVELS > MAX_DEPTH
    filter_ = nested(MAX_LEVELS)
    validated = AudienceFilter.model_validate(filter_)
    assert validated.model_dump(by_alias=True) == filter_
    assert AudienceFilter.model_validate(validated) == validated
