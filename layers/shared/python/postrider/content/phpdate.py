"""Format dates as PHP's date() does, for the [DATE|...] tag (https://www.php.net/manual/en/datetime.format.php).

Own code, because strftime lacks half of the letters and no maintained package has them.
"""

import calendar
from collections.abc import Callable
from datetime import datetime
from typing import Final

_MONTHS: Final = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_DAYS: Final = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]


def php_date(moment: datetime, pattern: str) -> str:
    """Format a moment by a PHP pattern, with English names. A backslash keeps the next character as it is."""
    out: list[str] = []
    escaped = False
    for char in pattern:
        if escaped or (char != "\\" and char not in _LETTERS):
            out.append(char)
            escaped = False
        elif char == "\\":
            escaped = True
        else:
            out.append(_LETTERS[char](moment))
    return "".join(out)


def _suffix(day: int) -> str:
    return "th" if 10 < day < 14 else {1: "st", 2: "nd", 3: "rd"}.get(day % 10, "th")


def _offset(moment: datetime, colon: str) -> str:
    digits = moment.strftime("%z") or "+0000"
    return f"{digits[:3]}{colon}{digits[3:5]}"


def _swatch_beat(moment: datetime) -> str:
    seconds = (int(moment.timestamp()) + 3600) % 86400
    return f"{int(seconds / 86.4):03d}"


_LETTERS: Final[dict[str, Callable[[datetime], str]]] = {
    "d": lambda at: f"{at.day:02d}",
    "D": lambda at: _DAYS[at.weekday()][:3],
    "j": lambda at: str(at.day),
    "l": lambda at: _DAYS[at.weekday()],
    "N": lambda at: str(at.isoweekday()),
    "S": lambda at: _suffix(at.day),
    "w": lambda at: str(at.isoweekday() % 7),
    "z": lambda at: str(at.timetuple().tm_yday - 1),
    "W": lambda at: f"{at.isocalendar().week:02d}",
    "F": lambda at: _MONTHS[at.month - 1],
    "m": lambda at: f"{at.month:02d}",
    "M": lambda at: _MONTHS[at.month - 1][:3],
    "n": lambda at: str(at.month),
    "t": lambda at: str(calendar.monthrange(at.year, at.month)[1]),
    "L": lambda at: str(int(calendar.isleap(at.year))),
    "o": lambda at: str(at.isocalendar().year),
    "Y": lambda at: f"{at.year:04d}",
    "y": lambda at: f"{at.year % 100:02d}",
    "a": lambda at: "am" if at.hour < 12 else "pm",
    "A": lambda at: "AM" if at.hour < 12 else "PM",
    "B": _swatch_beat,
    "g": lambda at: str(at.hour % 12 or 12),
    "G": lambda at: str(at.hour),
    "h": lambda at: f"{at.hour % 12 or 12:02d}",
    "H": lambda at: f"{at.hour:02d}",
    "i": lambda at: f"{at.minute:02d}",
    "s": lambda at: f"{at.second:02d}",
    "u": lambda at: f"{at.microsecond:06d}",
    "v": lambda at: f"{at.microsecond // 1000:03d}",
    "e": lambda at: at.tzname() or "UTC",
    "I": lambda at: str(int(bool(at.dst()))),
    "O": lambda at: _offset(at, ""),
    "P": lambda at: _offset(at, ":"),
    "T": lambda at: at.tzname() or "UTC",
    "Z": lambda at: str(int(offset.total_seconds() if (offset := at.utcoffset()) else 0)),
    "c": lambda at: f"{at:%Y-%m-%dT%H:%M:%S}{_offset(at, ':')}",
    "r": lambda at: (
        f"{_DAYS[at.weekday()][:3]}, {at.day:02d} {_MONTHS[at.month - 1][:3]} {at:%Y %H:%M:%S} {_offset(at, '')}"
    ),
    "U": lambda at: str(int(at.timestamp())),
}
