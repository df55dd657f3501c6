"""How two specifications differ, in lines for a reader."""

from __future__ import annotations

from typing import Any

SHOWN = 12  # values of a list that are written out


def differences(store: dict[str, Any], specification: dict[str, Any]) -> list[str]:
    """A line for each field in which two documents of sweeps differ.

    >>> differences({"model": {"alpha1": ["0", "1/10"]}}, {"model": {"alpha1": ["0", "1/5"]}})
    ['[model] alpha1: store 0, 1/10; specification 0, 1/5']
    """
    (kind, *_), (other, *_) = store, specification
    if kind != other:
        return [f"the store is of [{kind}], the specification of [{other}]"]
    found = []
    for table, fields in specification.items():
        for field, ours in fields.items():
            theirs = store[table][field]
            if ours != theirs:
                found.append(
                    f"[{table}] {field}: store {_text(theirs, ours, 'specification')}; "
                    f"specification {_text(ours, theirs, 'store')}"
                )
    return found


def _text(value: Any, beside: Any, other: str) -> str:
    if isinstance(value, dict):
        there = beside["per_width"] if isinstance(beside, dict) else None
        return f"({_text(value['per_width'], there, other)}) × width"
    if not isinstance(value, list):
        return str(value)
    if len(value) == 1:
        return f"[{value[0]}]"
    if len(value) <= SHOWN:
        return ", ".join(map(str, value))
    known = set(beside) if isinstance(beside, list) else set() if isinstance(beside, dict) else {beside}
    fresh = [str(item) for item in value if item not in known]
    if not fresh:
        return f"{len(value)} values, all of them in the {other}"
    more = ", …" if len(fresh) > SHOWN else ""
    return f"{len(value)} values, of which not in the {other}: {', '.join(fresh[:SHOWN])}{more}"
