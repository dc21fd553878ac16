"""Query the name servers of the machine, or of a setting, with dnspython."""

from functools import cached_property
from typing import Any

from postrider.ports.dns import DnsUnanswered, RecordType

LOOK_UP_S = 3.0
"""Timeout of a look-up with its retries. A call of the API looks up several names concurrently."""


class DnsPythonResolver:
    def __init__(self, servers: str = "") -> None:
        """Initialize the resolver with servers such as "127.0.0.1:5353, 10.0.0.2"; if empty, with those of the machine."""
        self._servers = servers

    @cached_property
    def _resolver(self) -> Any:
        from dns.nameserver import Do53Nameserver  # imported here, because few calls query DNS
        from dns.resolver import Resolver

        resolver = Resolver(configure=not self._servers)
        if self._servers:
            resolver.nameservers = [
                Do53Nameserver(host, int(port or 53))
                for host, _, port in (server.strip().partition(":") for server in self._servers.split(","))
            ]
        return resolver

    def look_up(self, name: str, kind: RecordType) -> tuple[str, ...]:
        from dns.exception import DNSException
        from dns.name import EmptyLabel, LabelTooLong, NameTooLong
        from dns.resolver import NXDOMAIN, NoAnswer

        try:
            answer = self._resolver.resolve(f"{name.rstrip('.')}.", kind, lifetime=LOOK_UP_S, search=False)
        except (NXDOMAIN, NoAnswer, EmptyLabel, LabelTooLong, NameTooLong):
            return ()
        except (DNSException, OSError) as exc:
            raise DnsUnanswered(f"{name} {kind}: {exc}") from exc
        return tuple(_value(record, kind) for record in answer)


def _value(record: Any, kind: RecordType) -> str:
    if kind == "TXT":
        return b"".join(record.strings).decode("utf-8", "replace")
    if kind == "MX":
        return f"{record.preference} {_name(record.exchange)}"
    if kind in ("CNAME", "NS"):
        return _name(record.target)
    return str(record.address)


def _name(name: Any) -> str:
    return str(name).rstrip(".").lower()
