"""Name the encodings of contents as Python and as MIME do."""

from typing import Final, NamedTuple


class Charset(NamedTuple):
    codec: str
    mime_name: str


UTF_8: Final = Charset("utf-8", "utf-8")
_JIS: Final = Charset("iso2022_jp", "iso-2022-jp")
_EUC_JP: Final = Charset("euc_jp", "euc-jp")
_GB2312: Final = Charset("gb2312", "gb2312")

CHARSETS: Final[dict[str, Charset]] = {
    "utf-8": UTF_8,
    "armscii-8": UTF_8,  # Python has no such codec, and every mail client reads UTF-8
    "ascii": Charset("ascii", "us-ascii"),
    "big-5": Charset("big5", "big5"),
    "cp51932": _EUC_JP,
    "cp866": Charset("cp866", "ibm866"),
    "cp936": Charset("gbk", "gbk"),
    "euc-cn": _GB2312,
    "euc-jp": _EUC_JP,
    "eucjp-win": _EUC_JP,
    "euc-kr": Charset("euc_kr", "euc-kr"),
    "euc-tw": UTF_8,  # as armscii-8
    "hz": Charset("hz", "hz-gb-2312"),
    "iso-2022-jp": _JIS,
    "iso-2022-jp-ms": _JIS,
    "iso-2022-kr": Charset("iso2022_kr", "iso-2022-kr"),
    **{f"iso-8859-{part}": Charset(f"iso8859-{part}", f"iso-8859-{part}") for part in (*range(1, 11), 13, 14, 15, 16)},
    "jis": _JIS,
    "koi8-r": Charset("koi8-r", "koi8-r"),
    "sjis": Charset("shift_jis", "shift_jis"),
    "sjis-win": Charset("cp932", "windows-31j"),
    "uhc": Charset("cp949", "ks_c_5601-1987"),
    "windows-1251": Charset("cp1251", "windows-1251"),
    "windows-1252": Charset("cp1252", "windows-1252"),
}
"""Names of the contract's Encoding; MIME names from https://www.iana.org/assignments/character-sets."""


def charset(name: str | None) -> Charset:
    """Return the encoding with this name, or UTF-8 when the name is unknown."""
    return CHARSETS.get(name or "utf-8", UTF_8)
