"""Define the domains of large mailbox providers, by which mails are counted; all others are counted together."""

from typing import Final

OTHER: Final = "other"

_DOMAINS: Final = """
    gmail.com googlemail.com outlook.com hotmail.com hotmail.co.uk hotmail.fr hotmail.it hotmail.de live.com msn.com
    yahoo.com yahoo.co.uk yahoo.fr yahoo.de yahoo.co.jp yahoo.co.in yahoo.com.br ymail.com aol.com icloud.com me.com mac.com
    proton.me protonmail.com gmx.de gmx.net web.de t-online.de freenet.de orange.fr free.fr laposte.net sfr.fr wanadoo.fr
    libero.it comcast.net verizon.net att.net mail.ru yandex.ru qq.com 163.com naver.com
"""
PROVIDER_DOMAINS: Final = frozenset(_DOMAINS.split())
"""The domains. Counters by domain remain few, and the domain of a person or a company is only stored in the contact."""


def provider_domain(email: str) -> str:
    """Return the domain of the address if it belongs to a large mailbox provider, else OTHER."""
    domain = email.rpartition("@")[2].lower()
    return domain if domain in PROVIDER_DOMAINS else OTHER
