"""Client programs of Customer.io, as published, against the deployed stack."""

from typing import Any


def test_a_client_is_pointed_at_the_platform_by_its_address_alone(clients: Any) -> None:
    said = clients.node("first_calls")
    assert said["ip_addresses"] == []
    assert isinstance(said["segments"], list)
