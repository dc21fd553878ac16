"""Store the audiences of children: a filter or named people, and the data that their mails show.

An audience is an object that lists the people by block, with the data for all. The data of single people is in a second object,
ordered by block, so that a sender reads that of its block with one request for a range of bytes.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from cachetools import LRUCache

from postrider.contacts.model import BLOCK_SIZE, block_of
from postrider.ports.object_store import ObjectMissing, ObjectStore

AUDIENCES = "audiences/"
"""The prefix of the objects, which expire (infra/data.py) after the longest run of the latest start."""
AUDIENCES_KEPT, BLOCKS_KEPT = 8, 16
"""Number of audiences, and of blocks with data, that a process caches: those of a run never change."""
Data = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class StoredAudience:
    """An audience. `tree` is a stored filter; `places` has the places of named people within their block, by block.

    `data` is for all people; `ranges` has the position of the data of single people, by block.
    """

    tree: Any | None = None
    places: Mapping[int, list[int]] | None = None
    data: Data = field(default_factory=dict)
    ranges: Mapping[int, tuple[int, int]] = field(default_factory=dict)

    def ids_in(self, block: int) -> list[int]:
        """Return the contact ids of the named people in a block, in order."""
        return [block * BLOCK_SIZE + place for place in (self.places or {}).get(block, ())]


class AudienceStore:
    def __init__(self, objects: ObjectStore) -> None:
        self._objects = objects
        self._audiences: LRUCache[str, StoredAudience] = LRUCache(AUDIENCES_KEPT)
        self._blocks: LRUCache[tuple[str, int], Mapping[int, Data]] = LRUCache(BLOCKS_KEPT)

    def save_filter(self, account_id: str, audience_id: str, tree: Any | None, data: Data) -> None:
        """Store an audience of the contacts that match a filter (None: all contacts) under a new id, with the data for all."""
        self._save(account_id, audience_id, StoredAudience(tree=tree, data=data))

    def save_people(self, account_id: str, audience_id: str, people: Mapping[int, Data], data: Data) -> None:
        """Store an audience of named people, by contact id with their own data, under a new id, with the data for all."""
        blocks: dict[int, dict[int, Data]] = {}
        for contact_id, own in sorted(people.items()):
            blocks.setdefault(block_of(contact_id), {})[contact_id % BLOCK_SIZE] = own
        pieces, ranges, end = [], {}, 0
        for block, own_data in blocks.items():
            piece = orjson.dumps({str(place): own for place, own in own_data.items() if own})
            if any(own_data.values()):
                ranges[block] = end, end + len(piece)
                pieces.append(piece)
                end += len(piece)
        if pieces:
            self._objects.put(_people_key(account_id, audience_id), b"".join(pieces), content_type="application/json")
        places = {block: list(own_data) for block, own_data in blocks.items()}
        self._save(account_id, audience_id, StoredAudience(places=places, data=data, ranges=ranges))

    def get(self, account_id: str, audience_id: str) -> StoredAudience:
        """Return an audience. Raises ObjectMissing if it has expired."""
        key = _key(account_id, audience_id)
        if key not in self._audiences:
            self._audiences[key] = _audience(orjson.loads(self._objects.get(key)))
        return self._audiences[key]

    def data_of(self, account_id: str, audience_id: str | None, contact_id: int) -> Data | None:
        """Return the data for the mail to a contact; None for a campaign without a stored audience."""
        if audience_id is None:
            return None
        return self._data_in(account_id, audience_id, block_of(contact_id)).of(contact_id)

    def _data_in(self, account_id: str, audience_id: str, block: int) -> "RecipientData":
        """Return the data for the people of a block; no data if the audience has expired."""
        try:
            audience = self.get(account_id, audience_id)
            return RecipientData(audience.data, self._own_data(account_id, audience_id, audience, block))
        except ObjectMissing:
            return RecipientData({}, {})

    def save_problems(self, account_id: str, child_id: int, problems: list[str]) -> None:
        """Store the reasons why people of a child cannot be mailed, in order."""
        body = orjson.dumps(problems, option=orjson.OPT_APPEND_NEWLINE)
        self._objects.put(_problems_key(account_id, child_id), body, content_type="application/json")

    def problems(self, account_id: str, child_id: int) -> list[str]:
        """Return the reasons why people of a child cannot be mailed; no reasons once they have expired."""
        try:
            problems: list[str] = orjson.loads(self._objects.get(_problems_key(account_id, child_id)))
        except ObjectMissing:
            return []
        return problems

    def _own_data(self, account_id: str, audience_id: str, audience: StoredAudience, block: int) -> Mapping[int, Data]:
        if block not in audience.ranges:
            return {}
        key = _people_key(account_id, audience_id)
        if (key, block) not in self._blocks:
            body = orjson.loads(self._objects.get_range(key, *audience.ranges[block]))
            self._blocks[key, block] = {block * BLOCK_SIZE + int(place): own for place, own in body.items()}
        return self._blocks[key, block]

    def _save(self, account_id: str, audience_id: str, audience: StoredAudience) -> None:
        places = audience.places
        body = {
            "tree": audience.tree,
            "places": None if places is None else {str(block): within for block, within in places.items()},
            "data": audience.data,
            "ranges": {str(block): bounds for block, bounds in audience.ranges.items()},
        }
        self._objects.put(_key(account_id, audience_id), orjson.dumps(body), content_type="application/json")


@dataclass(frozen=True)
class RecipientData:
    """The data for the people of a block: the data for all, overridden by the data of a person."""

    of_all: Data
    own: Mapping[int, Data]

    def of(self, contact_id: int) -> Data:
        return {**self.of_all, **self.own.get(contact_id, {})}


def _audience(body: Mapping[str, Any]) -> StoredAudience:
    return StoredAudience(
        tree=body["tree"],
        places=None if body["places"] is None else dict(_by_number(body["places"])),
        data=body["data"],
        ranges={block: (start, end) for block, (start, end) in _by_number(body["ranges"])},
    )


def _by_number(members: Mapping[str, Any]) -> Iterator[tuple[int, Any]]:
    return ((int(block), value) for block, value in members.items())


def _key(account_id: str, audience_id: str) -> str:
    return f"{AUDIENCES}{account_id}/{audience_id}.json"


def _people_key(account_id: str, audience_id: str) -> str:
    return f"{AUDIENCES}{account_id}/{audience_id}.people"


def _problems_key(account_id: str, child_id: int) -> str:
    return f"{AUDIENCES}{account_id}/problems-{child_id}.json"
