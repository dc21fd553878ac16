"""The local inbox: every accepted mail with its full MIME text, in one SQLite file (or in memory)."""

import email
import json
import re
import sqlite3
import threading
from email.errors import HeaderParseError
from email.header import decode_header, make_header
from email.message import Message
from pathlib import Path
from typing import Any

from infra.local.ses.compose import Outgoing, bare_address

_SCHEMA = """
CREATE TABLE IF NOT EXISTS mail (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT UNIQUE NOT NULL,
    received_at TEXT NOT NULL,
    source TEXT NOT NULL,
    recipients TEXT NOT NULL,
    tags TEXT NOT NULL,
    raw BLOB NOT NULL,
    parsed TEXT
);
"""

_ESCAPE = "!"
"""Before % and _ in a pattern of LIKE."""


class Mailbox:
    """Safe to use from several threads. A mail is parsed when it is first read, not when it arrives."""

    def __init__(self, path: Path | None = None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path or ":memory:", check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = OFF")
        self._db.executescript(_SCHEMA)

    def add(self, mail: Outgoing) -> None:
        row = (
            mail.message_id,
            mail.accepted_at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            mail.source,
            json.dumps([bare_address(recipient) for recipient in mail.recipients]),
            json.dumps(mail.tags),
            mail.raw,
        )
        with self._lock:
            self._db.execute(
                "INSERT INTO mail (id, received_at, source, recipients, tags, raw) VALUES (?, ?, ?, ?, ?, ?)", row
            )

    def count(self, *, to: str | None = None, text: str | None = None) -> int:
        """Return the number of mails that `latest` gives."""
        conditions, values = self._conditions(to, text)
        with self._lock:
            return int(self._db.execute(f"SELECT count(*) FROM mail {conditions}", values).fetchone()[0])

    def raw(self, mail_id: str) -> bytes | None:
        with self._lock:
            row = self._db.execute("SELECT raw FROM mail WHERE id = ?", (mail_id,)).fetchone()
        return bytes(row[0]) if row else None

    def clear(self) -> None:
        with self._lock:
            self._db.execute("DELETE FROM mail")

    def latest(
        self, *, limit: int | None = None, offset: int = 0, to: str | None = None, text: str | None = None
    ) -> list[dict[str, Any]]:
        """Return mails, newest first: those to the address `to`, with `text` in a header or the body, in any letter case."""
        conditions, values = self._conditions(to, text)
        return self._read(
            f"{conditions} ORDER BY seq DESC LIMIT ? OFFSET ?", [*values, -1 if limit is None else limit, offset]
        )

    def _conditions(self, to: str | None, text: str | None) -> tuple[str, list[str]]:
        """Return the condition in SQL with its values. What `text` is looked for in must have been parsed."""
        patterns = {}
        if to is not None:
            patterns["lower(recipients)"] = f'%"{_escaped(to)}"%'
        if text is not None:
            self._read("WHERE parsed IS NULL", [])
            patterns["lower(source || recipients || parsed)"] = f"%{_escaped(json.dumps(text)[1:-1])}%"
        if not patterns:
            return "", []
        return f"WHERE {' AND '.join(f'{column} LIKE ? ESCAPE ?' for column in patterns)}", [
            value for pattern in patterns.values() for value in (pattern, _ESCAPE)
        ]

    def get(self, mail_id: str) -> dict[str, Any] | None:
        return next(iter(self._read("WHERE id = ?", [mail_id])), None)

    def _read(self, clauses: str, parameters: list[Any]) -> list[dict[str, Any]]:
        with self._lock:
            rows = self._db.execute(
                "SELECT seq, id, received_at, source, recipients, tags, parsed, iif(parsed IS NULL, raw, NULL) "
                f"FROM mail {clauses}",
                parameters,
            ).fetchall()
        mails, fresh = [], []
        for seq, mail_id, received_at, source, recipients, tags, parsed, raw in rows:
            if parsed is None:
                parsed = json.dumps(readable(raw))
                fresh.append((parsed, seq))
            mails.append(
                {"id": mail_id, "from": source, "to": json.loads(recipients)}
                | json.loads(parsed)
                | {"received_at": received_at, "tags": json.loads(tags)}
            )
        if fresh:
            with self._lock:
                self._db.execute("BEGIN")
                self._db.executemany("UPDATE mail SET parsed = ? WHERE seq = ?", fresh)
                self._db.execute("COMMIT")
        return mails

    def close(self) -> None:
        with self._lock:
            self._db.close()


def _escaped(text: str) -> str:
    return re.sub(r"([!%_])", r"!\1", text.lower())


def readable(raw: bytes) -> dict[str, Any]:
    """Subject, headers (a repeated one keeps all values, one a line), html and text of a MIME message."""
    message = email.message_from_bytes(raw)  # the classic parser: several times faster, which a long inbox needs
    headers: dict[str, str] = {}
    for name, value in message.items():
        text = _decoded(re.sub(r"\r?\n[ \t]+", " ", str(value)))
        headers[name] = f"{headers[name]}\n{text}" if name in headers else text
    subject = next((value for name, value in headers.items() if name.lower() == "subject"), "")
    return {"subject": subject, "headers": headers, "html": _body(message, "html"), "text": _body(message, "plain")}


def _decoded(value: str) -> str:
    if "=?" not in value:
        return value
    try:
        return str(make_header(decode_header(value)))
    except (HeaderParseError, LookupError, ValueError):
        return value


def _body(message: Message, subtype: str) -> str | None:
    for part in message.walk():
        if part.get_content_type() == f"text/{subtype}" and part.get_content_disposition() != "attachment":
            payload = part.get_payload(decode=True)
            charset = part.get_content_charset("utf-8")
            try:
                return payload.decode(charset, "replace") if isinstance(payload, bytes) else str(payload)
            except LookupError:  # an unknown charset: show what there is
                return bytes(payload).decode("utf-8", "replace") if isinstance(payload, bytes) else None
    return None
