"""Print tables of figures, and write them into docs/benchmarks.md between the markers of their part."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

DOCUMENT = Path(__file__).parents[2] / "docs" / "benchmarks.md"


@dataclass
class Table:
    title: str
    columns: Sequence[str]
    rows: list[Sequence[Any]] = field(default_factory=list)

    def add(self, *cells: Any) -> None:
        self.rows.append(cells)
        print("  ".join(_text(cell) for cell in cells), flush=True)

    def markdown(self) -> str:
        lines = [self.columns, ["---"] * len(self.columns), *self.rows]
        return f"### {self.title}\n\n" + "\n".join("| " + " | ".join(map(_text, line)) + " |" for line in lines) + "\n"


def write(part: str, tables: Sequence[Table]) -> None:
    """Replace the text of the document between `<!-- part -->` and `<!-- /part -->`."""
    text = DOCUMENT.read_text()
    begin, end = f"<!-- {part} -->\n", f"<!-- /{part} -->"
    before, rest = text.split(begin)
    _, after = rest.split(end)
    DOCUMENT.write_text(before + begin + "\n" + "\n".join(table.markdown() for table in tables) + "\n" + end + after)


def _text(cell: Any) -> str:
    if isinstance(cell, float):
        return f"{cell:,.2f}".rstrip("0").rstrip(".")
    return f"{cell:,}" if isinstance(cell, int) else str(cell)
