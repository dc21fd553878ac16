"""The models of all tables by the names that rows of functions use; nothing of the CDK is imported."""

from typing import Any

from pynamodb.models import Model

from postrider.bootstrap.tables import ALL_TABLES
from postrider.kit.settings import table_name

LOCAL_PREFIX = table_name("")
"""The prefix of the names of tables where no environment names them."""


def short_name(model: type[Model]) -> str:
    """Return the name of the model's table as rows of functions write it: "contacts"."""
    return str(model.Meta.table_name).removeprefix(LOCAL_PREFIX)


MODELS: dict[str, type[Model]] = {short_name(model): model for model in ALL_TABLES}


def index_names(name: str) -> list[str]:
    """Return the names of the table's indexes."""
    schema: Any = MODELS[name]._get_schema()  # pynamodb has no public way to it
    indexes = schema["global_secondary_indexes"] + schema["local_secondary_indexes"]
    return sorted(index["index_name"] for index in indexes)
