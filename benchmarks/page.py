"""Rewrites the tables of docs/performance.md from docs/results/benchmarks-*.json: ``python -m benchmarks.page``.

A table stands between ``<!-- benchmarks: DOCUMENT TABLE -->`` and ``<!-- end -->``; everything else is left alone.
"""

import json
import re
from pathlib import Path

from benchmarks.tables import TABLES, busy, markdown

DOCS = Path(__file__).parent.parent / "docs"
PAGE = DOCS / "performance.md"
BLOCK = re.compile(r"(<!-- benchmarks: (\S+) (\S+) -->\n).*?(<!-- end -->)", re.S)


def documents(folder: Path = DOCS / "results") -> dict[str, dict]:
    """The stored documents: "default" is benchmarks-default.json."""
    found = sorted(folder.glob("benchmarks-*.json"))
    return {path.stem.removeprefix("benchmarks-"): json.loads(path.read_text()) for path in found}


def rewritten(page: str, known: dict[str, dict]) -> str:
    """The page with every table made anew.

    Raises ValueError for a document or a table that does not exist.
    """

    def block(match: re.Match[str]) -> str:
        start, name, table, end = match.groups()
        if name not in known:
            raise ValueError(f"the page asks for benchmarks-{name}.json and there are: {', '.join(known) or 'none'}")
        if table not in TABLES:
            raise ValueError(f"the page asks for the table {table!r}: give one of {', '.join(TABLES)}")
        warning = busy(known[name]) if table == "machine" else None
        text = markdown(TABLES[table](known[name])) + (f"\n\n**{warning}**" if warning else "")
        return f"{start}\n{text}\n\n{end}"

    return BLOCK.sub(block, page)


if __name__ == "__main__":
    PAGE.write_text(rewritten(PAGE.read_text(), documents()))
