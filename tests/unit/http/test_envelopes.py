"""Answers of one shape share a generic, and the document names each as the code does."""

import importlib
from typing import Literal

import pytest
from pydantic import BaseModel

from infra.openapi import ROOT
from postrider.http import Operations, build_app, document_of
from postrider.http.envelopes import Created, CursorPageOf, Data, Deleted, Envelope, Figures, PageOf, Updated
from postrider.http.main.dialect import MAIN

SCHEMAS = sorted((ROOT / "functions" / "api").glob("*/schemas_*.py"))


class ThingFullResponse(BaseModel):
    id: int


class ThingStatResponse(BaseModel):
    opens: int


@pytest.mark.parametrize(
    ("answer", "name"),
    [
        (Data[ThingFullResponse], "ThingResponse"),
        (Figures[ThingStatResponse], "ThingStatsResponse"),
        (Figures[list[ThingStatResponse]], "ThingStatsResponse"),
        (PageOf[ThingFullResponse], "ThingsResponse"),
        (CursorPageOf[ThingFullResponse], "ThingsResponse"),
        (Created[int, Literal["thing"], ThingFullResponse | None], "CreateThingResponse"),
        (Updated[int, Literal["thing"], ThingFullResponse], "PatchThingResponse"),
        (Deleted[int, Literal["thing"]], "DeleteThingResponse"),
    ],
)
def test_a_model_of_an_answer_has_the_name_of_its_object(answer, name):
    assert answer.__name__ == name


@pytest.mark.parametrize("file", SCHEMAS, ids=lambda file: file.stem)
def test_every_answer_of_a_shared_shape_has_the_name_of_its_alias(file):
    members = vars(importlib.import_module(f"functions.api.{file.parent.name}.{file.stem}"))
    answers = {
        name: member.__name__
        for name, member in members.items()
        if isinstance(member, type) and issubclass(member, Envelope) and member.__pydantic_generic_metadata__["args"]
    }
    assert answers == {name: name for name in answers}


def test_the_document_calls_an_answer_by_its_name_and_not_by_its_parameters():
    operations = Operations("Thing", MAIN)

    @operations.get("/things", "List things")
    def list_things() -> PageOf[ThingFullResponse]:
        raise NotImplementedError

    document = document_of(build_app(operations, dialect=MAIN))
    answer = document["paths"]["/things"]["get"]["responses"]["200"]
    assert answer["content"]["application/json"]["schema"]["$ref"] == "#/components/schemas/ThingsResponse"
    assert document["components"]["schemas"]["ThingsResponse"]["properties"].keys() == {"pagination", "data"}
    assert not [name for name in document["components"]["schemas"] if name.endswith("_")]
