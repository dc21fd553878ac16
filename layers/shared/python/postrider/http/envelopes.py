"""Define the common shapes of answers: data, pages, and created, changed or deleted objects.

An answer is an alias: `CreateFormResponse = Created[str, Literal["form"], FormFullResponse]`. Its name in the document is
the same; it is derived from the last parameter. An answer with another shape, order or name has a separate model.
"""

from typing import Any, ClassVar, Generic, TypeVar, get_args

from pydantic import BaseModel

from postrider.http.main.wire import Pagination, PaginationWithCursor

T = TypeVar("T")
Id = TypeVar("Id", int, str)
Noun = TypeVar("Noun", bound=str)
"""The literal that names the kind of object: Literal["form"]."""


class Envelope(BaseModel):
    """An answer that is named after its object."""

    answer_name: ClassVar[str]

    @classmethod
    def model_parametrized_name(cls, params: tuple[Any, ...]) -> str:
        return cls.answer_name.format(_object_name(params[-1]))


def _object_name(parameter: Any) -> str:
    """Return "Form" for FormFullResponse, FormSummaryResponse, a list of them, one or None, and Literal["form"]."""
    if isinstance(parameter, str):
        return parameter.capitalize()
    if get_args(parameter):
        return _object_name(get_args(parameter)[0])
    name: str = parameter.__name__
    return name.removesuffix("Response").removesuffix("Full").removesuffix("Summary")


class Data(Envelope, Generic[T]):
    answer_name = "{}Response"

    data: T


class Figures(Envelope, Generic[T]):
    """Data with a name in the plural: ListStatsResponse contains a ListStatResponse."""

    answer_name = "{}sResponse"

    data: T


class PageOf(Envelope, Generic[T]):
    answer_name = "{}sResponse"

    pagination: Pagination
    data: list[T]


class CursorPageOf(Envelope, Generic[T]):
    answer_name = "{}sResponse"

    pagination: PaginationWithCursor
    data: list[T]


class Created(Envelope, Generic[Id, Noun, T]):
    answer_name = "Create{}Response"

    id: Id
    object: Noun
    created: bool
    data: T


class Updated(Envelope, Generic[Id, Noun, T]):
    answer_name = "Patch{}Response"

    id: Id
    object: Noun
    updated: bool
    data: T


class Deleted(Envelope, Generic[Id, Noun]):
    answer_name = "Delete{}Response"

    id: Id
    object: Noun
    deleted: bool
