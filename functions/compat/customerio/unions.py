"""Validate unions with one error for all forms together, which has no names of classes in its place."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ValidationError, ValidationInfo, ValidatorFunctionWrapHandler, WrapValidator
from pydantic_core import PydanticCustomError

MAX_LEVELS = 40
"""Maximum number of unions inside each other: more than the levels of a filter, whose error names their maximum."""


def chosen_by_member(models: Mapping[str, type[BaseModel]]) -> WrapValidator:
    """Return a validator of a union of models, each of which has one of these members."""
    known = {"names": _listed(models, "and")}

    def validate(value: Any, _: ValidatorFunctionWrapHandler, info: ValidationInfo) -> Any:
        level = (info.context or {}).get("level", 1)
        if level > MAX_LEVELS:
            raise PydanticCustomError("too_deep", "Input is nested too deeply")
        sent = _checked(value, models)
        if isinstance(sent, BaseModel):
            return sent
        names = [name for name in models if name in sent]
        if len(names) != 1:
            raise PydanticCustomError("one_expected", "Send exactly one of {names}", known)
        return models[names[0]].model_validate(sent, context={"level": level + 1})

    return WrapValidator(validate)


def chosen_by_value(member: str, models: Mapping[str, type[BaseModel]]) -> WrapValidator:
    """Return a validator of a union of models, which have different values of a member."""
    known = {"names": _listed(models, "or")}

    def validate(value: Any, _: ValidatorFunctionWrapHandler) -> Any:
        sent = _checked(value, models)
        if isinstance(sent, BaseModel):
            return sent
        name = sent.get(member)
        if not isinstance(name, str) or name not in models:
            raise PydanticCustomError("value_unknown", f"The {member} should be {{names}}", known)
        return models[name].model_validate(sent)

    return WrapValidator(validate)


def expected(form: str) -> WrapValidator:
    """Return a validator of a union of simple types, whose error names the expected form: "a text or a number"."""

    def validate(value: Any, handler: ValidatorFunctionWrapHandler) -> Any:
        try:
            return handler(value)
        except ValidationError as exc:
            raise PydanticCustomError("form_unexpected", "Input should be {form}", {"form": form}) from exc

    return WrapValidator(validate)


def _checked(value: Any, models: Mapping[str, type[BaseModel]]) -> Mapping[str, Any] | BaseModel:
    """Return an object, or one of the models, which is already validated. Raises PydanticCustomError for other values."""
    if isinstance(value, Mapping) or (isinstance(value, BaseModel) and type(value) in models.values()):
        return value
    raise PydanticCustomError("object_expected", "Input should be an object")


def _listed(names: Mapping[str, Any], conjunction: str) -> str:
    *others, last = names
    return f"{', '.join(others)} {conjunction} {last}"
