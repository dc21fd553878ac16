"""Define the types of files that mails may have as attachments, and check that their bytes match."""

from codecs import BOM_UTF8
from dataclasses import dataclass
from typing import Final

_ZIP: Final = (b"PK\x03\x04",)
_OLE: Final = (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",)
_OPEN_XML: Final = "application/vnd.openxmlformats-officedocument."
PDF_SEARCHED: Final = 1024
"""Bytes in which readers look for the beginning of a PDF (ISO 32000-1, annex H, implementation note 13)."""


@dataclass(frozen=True)
class FileType:
    """A type of files with the bytes that they begin with; a type without any is one of text."""

    content_type: str
    beginnings: tuple[bytes, ...] = ()


FILE_TYPES: Final[dict[str, FileType]] = {
    "pdf": FileType("application/pdf", (b"%PDF-",)),
    "ics": FileType("text/calendar; charset=utf-8", (b"BEGIN:VCALENDAR",)),
    "vcf": FileType("text/vcard; charset=utf-8", (b"BEGIN:VCARD",)),
    "txt": FileType("text/plain; charset=utf-8"),
    "csv": FileType("text/csv; charset=utf-8"),
    "md": FileType("text/markdown; charset=utf-8"),
    "json": FileType("application/json"),
    "xml": FileType("application/xml"),
    "rtf": FileType("application/rtf", (b"{\\rtf",)),
    "png": FileType("image/png", (b"\x89PNG\r\n\x1a\n",)),
    "jpg": FileType("image/jpeg", (b"\xff\xd8\xff",)),
    "jpeg": FileType("image/jpeg", (b"\xff\xd8\xff",)),
    "gif": FileType("image/gif", (b"GIF87a", b"GIF89a")),
    "webp": FileType("image/webp", (b"RIFF",)),
    "tif": FileType("image/tiff", (b"II*\x00", b"MM\x00*")),
    "tiff": FileType("image/tiff", (b"II*\x00", b"MM\x00*")),
    "zip": FileType("application/zip", _ZIP),
    "pkpass": FileType("application/vnd.apple.pkpass", _ZIP),
    "docx": FileType(f"{_OPEN_XML}wordprocessingml.document", _ZIP),
    "xlsx": FileType(f"{_OPEN_XML}spreadsheetml.sheet", _ZIP),
    "pptx": FileType(f"{_OPEN_XML}presentationml.presentation", _ZIP),
    "odt": FileType("application/vnd.oasis.opendocument.text", _ZIP),
    "ods": FileType("application/vnd.oasis.opendocument.spreadsheet", _ZIP),
    "odp": FileType("application/vnd.oasis.opendocument.presentation", _ZIP),
    "doc": FileType("application/msword", _OLE),
    "xls": FileType("application/vnd.ms-excel", _OLE),
    "ppt": FileType("application/vnd.ms-powerpoint", _OLE),
}
"""Types by the suffix of the file name. No executables, and no HTML or SVG, whose scripts a browser would execute."""


def file_type_of(filename: str) -> FileType | None:
    """Return the type of a file by the end of its name, None for one that mails may not have."""
    _, dot, extension = filename.rpartition(".")
    return FILE_TYPES.get(extension.lower()) if dot else None


def has_fitting_bytes(file_type: FileType, data: bytes) -> bool:
    """Return whether the bytes may be those of a file of the type: they begin as such, or are text."""
    if not file_type.beginnings:
        return b"\0" not in data and _is_text(data)
    if file_type.content_type == "application/pdf":
        return file_type.beginnings[0] in data[:PDF_SEARCHED]
    return data.removeprefix(BOM_UTF8).startswith(file_type.beginnings)


def _is_text(data: bytes) -> bool:
    """Return whether the bytes are text in UTF-8, or in an encoding of one byte without control characters."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        text = data.decode("latin-1")
    return not any(ord(char) < 32 and char not in "\t\n\r\f\x1b" for char in text)
