"""On which line of a TOML text each key and each array element stands; `tomllib` gives values without positions.

The text has passed `tomllib`, so this scanner may be lenient: it only has to know strings, comments and brackets.
It runs after something was refused, never otherwise.
"""

from __future__ import annotations

import re
import tomllib

from rmt_spikes.sweeps.refusals import Place

TOKEN = re.compile(
    r"""(?P<string>\"{3}(?:\\.|[^\\])*?\"{3,5}|'{3}.*?'{3,5}|"(?:\\.|[^"\\\n])*"|'[^'\n]*')"""
    r"""|(?P<comment>\#[^\n]*)|(?P<newline>\n)|(?P<mark>[\[\]{}=,.])|(?P<word>[^\s\[\]{}=,."'\#]+)|(?P<space>\s)""",
    re.DOTALL,
)


def line_of(text: str, place: Place) -> int | None:
    """The line of ``place``, or of the innermost part of it that is written down; None if no part is.

    >>> text = '[model]\\nalpha1 = [\\n  0.1,  # small\\n  0.6,\\n]'
    >>> line_of(text, ("model", "alpha1", 1)), line_of(text, ("model", "alpha1")), line_of(text, ("run",))
    (4, 2, None)
    """
    lines = _Scanner(text).lines
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place)


class _Scanner:
    """Recursive descent; ``lines`` has the line on which each path begins."""

    def __init__(self, text: str) -> None:
        self.lines: dict[Place, int] = {}
        self._tokens: list[tuple[str, str, int]] = []
        line = 1
        for found in TOKEN.finditer(text):
            kind = str(found.lastgroup)
            if kind not in ("comment", "space"):
                self._tokens.append((kind, found[0], line))
            line += found[0].count("\n")
        self._tokens.append(("end", "", line))
        self._at = 0
        self._document()

    @property
    def _next(self) -> str:
        kind, text, _ = self._tokens[self._at]
        return text if kind in ("mark", "newline", "end") else kind

    def _skip(self, *texts: str) -> None:
        while self._next in texts and self._next:
            self._at += 1

    def _document(self) -> None:
        table: Place = ()
        self._skip("\n")
        while self._next:
            if self._next == "[":
                self._skip("[")
                table = self._key(())
                self._skip("]")
            else:
                self._pair(table)
            self._skip("\n")

    def _key(self, table: Place) -> Place:
        """A dotted key; each of its parts is noted."""
        while self._next in ("word", "string"):
            kind, text, line = self._tokens[self._at]
            # what an escape in a quoted key means is tomllib's affair
            table = (*table, text if kind == "word" else next(iter(tomllib.loads(f"{text} = 0"))))
            self.lines.setdefault(table, line)
            self._at += 1
            self._skip(".")
        return table

    def _pair(self, table: Place) -> None:
        key = self._key(table)
        self._skip("=")
        self._value(key)

    def _value(self, place: Place) -> None:
        self.lines.setdefault(place, self._tokens[self._at][2])
        opening = self._next
        self._at += 1
        if opening == "[":
            element = 0
            while self._inside("]"):
                self._value((*place, element))
                element += 1
        elif opening == "{":
            while self._inside("}"):
                self._pair(place)
        else:
            self._skip("word", "string", ".")

    def _inside(self, closing: str) -> bool:
        """Whether there is another element; past the closing bracket if not."""
        self._skip("\n", ",")
        if self._next in (closing, ""):
            self._at += 1
            return False
        return True
