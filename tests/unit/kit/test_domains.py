"""Addresses in ASCII."""

import pytest

from postrider.kit.domains import ascii_url


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example/a%20b?x=%C3%BC&y#z", "https://a.example/a%20b?x=%C3%BC&y#z"),
        ("https://a.example/日本?q=д#ü", "https://a.example/%E6%97%A5%E6%9C%AC?q=%D0%B4#%C3%BC"),
        ("HTTP://Bücher.example:8080/%41?", "HTTP://xn--bcher-kva.example:8080/%41?"),
        ("https://ä:b@münchen.example", "https://%C3%A4:b@xn--mnchen-3ya.example"),
        ("https://☕.example/x", "https://%E2%98%95.example/x"),
        ("https://[::1]:80/ü", "https://[::1]:80/%C3%BC"),
        ("https://a.example?ü@b.example", "https://a.example?%C3%BC@b.example"),
    ],
)
def test_a_url_keeps_its_meaning_in_ascii(url, expected):
    assert ascii_url(url) == expected
