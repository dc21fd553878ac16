"""Define a device."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True, kw_only=True)
class Device:
    """A device of a contact. `token` is its address at the push service of its platform; `attributes` are JSON-safe."""

    token: str
    platform: str
    last_used_at: datetime
    attributes: Mapping[str, Any] = field(default_factory=dict)
