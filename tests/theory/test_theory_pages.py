"""The Python examples of the pages give the values in their comments."""

import ast
import re
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("page", ["exponents.md", "phases.md"])
def test_the_python_of_the_page_gives_what_its_comments_say(page):
    (block,) = re.findall(r"```python\n(.*?)```", (DOCS / page).read_text(), re.S)
    names, shown = {}, 0
    for statement in ast.parse(block).body:
        source = ast.unparse(statement)
        if not isinstance(statement, ast.Expr):
            exec(source, names)
            continue
        expected = block.splitlines()[statement.lineno - 1].split("  # ")[1]
        assert str(eval(source, names)) == expected
        shown += 1
    assert shown >= 4
