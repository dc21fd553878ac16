"""Add an example of request and response to each operation of the main API's document.

tests/contract/test_examples.py writes the examples from its requests and responses, and fails if a response differs.
"""

import json
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).parents[1] / "docs" / "openapi" / "examples.json"


def add_examples(document: dict[str, Any]) -> None:
    """Add the examples to the document in place; operations without an example are unchanged."""
    examples = json.loads(EXAMPLES.read_text(encoding="utf-8"))
    for methods in document["paths"].values():
        for operation in methods.values():
            example = examples.get(operation["operationId"])
            if example is not None:
                _add(operation, example)


def _add(operation: dict[str, Any], example: dict[str, Any]) -> None:
    if "request" in example:
        for content in operation["requestBody"]["content"].values():
            content["example"] = example["request"]
    contents = operation["responses"][str(example["status"])]["content"]
    next(iter(contents.values()))["example"] = example["response"]  # without a preference, the first kind is answered
