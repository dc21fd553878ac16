"""Bodies that strangers post to pages and for tokens: whatever they hold, they are refused and no fault."""

import re

import pytest

from tests.testing.harness import Api, handlers


def multipart(headers, value="One-Click"):
    return f"--b\r\n{headers}\r\n\r\n{value}\r\n--b--\r\n".encode()


FIELD = 'Content-Disposition: form-data; name="List-Unsubscribe"'
PARTS = {
    "unknown charset": multipart(f"{FIELD}\r\nContent-Type: text/plain; charset=nonsense"),
    "parts in a part": multipart(f"{FIELD}\r\nContent-Type: multipart/mixed; boundary=c", "--c\r\n\r\nx\r\n--c--"),
    "a mail in a part": multipart(f"{FIELD}\r\nContent-Type: message/rfc822"),
    "no base64": multipart(f"{FIELD}\r\nContent-Transfer-Encoding: base64", "====!"),
    "unknown encoding": multipart(f"{FIELD}\r\nContent-Transfer-Encoding: x"),
    "no name": multipart("Content-Disposition: form-data"),
    "nothing": b"",
}
BODIES = [(name, "multipart/form-data; boundary=b", body) for name, body in PARTS.items()]
BODIES += [
    (kind, kind, body)
    for body in (b"x", "\u20ac")
    for kind in (
        "multipart/form-data",
        "multipart/form-data; boundary=",
        'multipart/form-data; boundary="',
        "multipart/form-data; boundary=\xe9",
        "multipart/form-data; boundary*=utf-9''b",
        "",
        "application/json",
        "application/x-www-form-urlencoded; charset=nonsense",
    )
]
BODIES += [
    ("bytes", "application/x-www-form-urlencoded", b"\xff\xfe=\x00&email=%FF%00"),
    ("many fields", "application/x-www-form-urlencoded", b"a=b&" * 30_000),
]
POSTS = sorted(
    {
        tuple(re.sub(r"{\w+}", "x", key).split(" "))
        for key, handler in handlers().items()
        if key.startswith(("POST", "PUT")) and handler.function.folder in ("tracking", "pages", "api/tokens")
    }
)


def test_the_public_forms_are_listed():
    assert {path for _, path in POSTS} >= {"/token", "/u/x", "/g/x", "/s/x", "/p/x", "/subscribe/x", "/confirm/x"}


@pytest.mark.parametrize(("method", "path"), POSTS)
def test_no_body_of_a_stranger_is_a_fault(platform, method, path):
    for name, kind, body in BODIES:
        answer = Api().call(method, path, body=body, headers={"Content-Type": kind})
        assert 400 <= answer.status < 500, (name, answer.status)
