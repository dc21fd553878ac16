"""Pack sets of small numbers into bitmaps, whose bits are numbered from the lowest of the first byte."""

from collections.abc import Iterable


def bitmap_of(numbers: Iterable[int], size: int) -> bytes:
    """Return a bitmap of `size` bits in which the bits with these numbers are set."""
    bits = bytearray(size // 8)
    for number in numbers:
        bits[number // 8] |= 1 << number % 8
    return bytes(bits)


def numbers_in(bitmap: bytes) -> list[int]:
    """Return the numbers of the bits that are set, in order."""
    return [number for number in range(len(bitmap) * 8) if bitmap[number // 8] >> number % 8 & 1]
