"""Texts that are stored encrypted."""

import pytest
from cryptography.exceptions import InvalidTag

from postrider.kit.encryption import Encryption

ROOT = b"root" * 8


def test_a_text_comes_back_in_its_own_context_only():
    encryption = Encryption(ROOT, "test")
    encrypted = encryption.encrypt("secret", context="account 1")
    assert "secret" not in encrypted
    assert encryption.encrypt("secret", context="account 1") != encrypted, "equal texts do not look equal"
    assert encryption.decrypt(encrypted, context="account 1") == "secret"
    for other, context in ((encryption, "account 2"), (Encryption(ROOT, "other"), "account 1")):
        with pytest.raises(InvalidTag):
            other.decrypt(encrypted, context=context)
