"""A name server for this machine: it answers from records that are set while it runs, and knows no others."""

import json
import socketserver
import threading
from pathlib import Path
from typing import Any

import dns.flags
import dns.message
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

TTL_S = 0
MAX_STRING = 255


class LocalDns:
    """Start listening when made, on UDP; `file` keeps the records over restarts.

    Names in `failing` are answered with SERVFAIL, as by a broken zone.
    """

    def __init__(self, *, port: int = 0, file: Path | None = None) -> None:
        self.failing: set[str] = set()
        self._records: dict[tuple[str, str], list[str]] = {}
        self._lock = threading.Lock()
        self._file = file
        if file is not None and file.exists():
            for record in json.loads(file.read_text()):
                self._records[(record["name"], record["type"])] = record["values"]
        self._server = socketserver.ThreadingUDPServer(("127.0.0.1", port), _handler_for(self))
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]
        self.address = f"127.0.0.1:{self.port}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), name="dns", daemon=True).start()

    def publish(self, name: str, kind: str, *values: str) -> None:
        """Set the records of a type at a name, as a provider would; no value removes them.

        A TXT value is cut into strings of 255 characters; the name of another value ends with a dot or not.
        """
        key = (name.rstrip(".").lower(), kind.upper())
        texts = [_presented(kind.upper(), value) for value in values]
        for text in texts:
            dns.rrset.from_text(f"{key[0]}.", TTL_S, "IN", key[1], text)  # raises for what is no record
        with self._lock:
            if texts:
                self._records[key] = texts
            else:
                self._records.pop(key, None)
        if self._file is not None:
            self._file.write_text(json.dumps(self.records()))

    def records(self) -> list[dict[str, Any]]:
        with self._lock:
            return [{"name": name, "type": kind, "values": values} for (name, kind), values in self._records.items()]

    def clear(self) -> None:
        with self._lock:
            self._records.clear()
        self.failing.clear()

    def answer(self, query: bytes) -> bytes:
        """Return the answer to a query in wire format."""
        question = dns.message.from_wire(query)
        response = dns.message.make_response(question)
        response.flags |= dns.flags.AA | dns.flags.RA
        asked = question.question[0]
        name, kind = str(asked.name).rstrip(".").lower(), dns.rdatatype.to_text(asked.rdtype)
        with self._lock:
            known_names = {host for host, _ in self._records}
            values = self._records.get((name, kind), [])
        if name in self.failing:
            response.set_rcode(dns.rcode.SERVFAIL)
        elif values:
            response.answer.append(dns.rrset.from_text(asked.name, TTL_S, "IN", kind, *values))
        elif name not in known_names:
            response.set_rcode(dns.rcode.NXDOMAIN)
        return response.to_wire()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _presented(kind: str, value: str) -> str:
    """Return a value as a zone file has it."""
    if kind == "TXT":
        escaped = [
            value[start : start + MAX_STRING].replace("\\", "\\\\").replace('"', '\\"')
            for start in range(0, len(value) or 1, MAX_STRING)
        ]
        return " ".join(f'"{text}"' for text in escaped)
    return f"{value.rstrip('.')}." if kind in ("CNAME", "MX", "NS") else value


def _handler_for(server: LocalDns) -> type[socketserver.BaseRequestHandler]:
    class DnsHandler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            query, socket = self.request
            socket.sendto(server.answer(query), self.client_address)

    return DnsHandler
