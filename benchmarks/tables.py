"""The tables of a document, as (title, header, lines of text), for the screen and for docs/performance.md."""

from collections.abc import Callable, Mapping

from benchmarks.machine import IDLE

Table = tuple[str, list[str], list[list[str]]]
NAMES = {"ratio": "time ratio", "gigabytes": "GB", "memory_ratio": "memory ratio", "seconds": "s"}
EMPTY = "–"


def number(value: float | None) -> str:
    """Three significant digits, powers of ten only for the very small.

    >>> number(0.1234), number(12.345), number(1234.5), number(3.21e-13), number(None)
    ('0.123', '12.3', '1234', '3.2e-13', '–')
    """
    if value is None:
        return EMPTY
    if value and abs(value) < 1e-3:
        return f"{value:.1e}"
    return f"{value:.3g}" if abs(value) < 1000 else f"{value:.0f}"


def interval(spread: Mapping[str, float] | None) -> str:
    """median (min … max)."""
    if spread is None:
        return EMPTY
    return f"{number(spread['median'])} ({number(spread['min'])} … {number(spread['max'])})"


def machine(document: dict) -> Table:
    """What it was taken on."""
    facts = {
        key: ", ".join(value) if isinstance(value, list) else value for key, value in document["machine"].items()
    }
    loads = [group["load"] for group in document["groups"].values() if group["load"] is not None]
    dates = sorted(group["date"] for group in document["groups"].values())
    facts["date"] = " to ".join(dict.fromkeys((dates[0], dates[-1]))) if dates else EMPTY
    facts["load average before the first group"] = number(next(iter(loads), None))
    return (
        "machine and versions",
        ["", ""],
        [[key, str(EMPTY if value is None else value)] for key, value in facts.items()],
    )


def busy(document: dict) -> str | None:
    """A warning if the machine was not idle: before the first group, or later beyond the run's own threads."""
    loads = [group["load"] for group in document["groups"].values() if group["load"] is not None]
    own = document["sizes"]["threads"]
    if not loads or (loads[0] <= IDLE and max(loads) <= own + IDLE):
        return None
    return (
        f"The machine was not idle: load average {loads[0]} before the first group, at most {max(loads)} before a "
        f"group, on {own} threads of our own. Ratios are less certain, times more so."
    )


def reach(document: dict) -> Table:
    """What was asked, what was measured, whether it was reached."""
    lines = []
    for row in document["rows"]:
        for name, most in (row["asked"] or {}).items():
            found = figure(row, name)
            verdict = EMPTY if found is None else "yes" if found <= most else "no"
            what = row["what"] + (f", against {row['theirs']}" if row["theirs"] else "")
            shown = interval(row["ratio"]) if name == "ratio" and found is not None else number(found)
            lines.append([what, f"{NAMES.get(name, name)} ≤ {number(most)}", shown, verdict, row["note"] or ""])
    return "reach", ["work", "asked", "measured", "reached", "remark"], lines


def figure(row: dict, name: str) -> float | None:
    """As `Row.measured`, of a row that was read from JSON."""
    from benchmarks.rows import Row

    return Row(**{key: value for key, value in row.items() if key != "reached"}).measured(name)


def ratios(document: dict) -> Table:
    """All rows that were timed, ours beside theirs."""
    lines = []
    for row in document["rows"]:
        if row["group"] in ("startup", "memory"):
            continue
        seconds = row["seconds"] or {"ours": None, "theirs": None}
        accuracy = ", ".join(f"{name.replace('_', ' ')} {number(value)}" for name, value in row["accuracy"].items())
        remarks = "; ".join(filter(None, [accuracy, row["note"]]))
        cells = [
            interval(seconds["ours"]),
            row["theirs"] or EMPTY,
            interval(seconds["theirs"]),
            interval(row["ratio"]),
        ]
        lines.append([row["what"], row["ours"], *cells, remarks])
    return "times", ["work", "ours", "s", "theirs", "s", "ratio ours/theirs (min … max)", "accuracy, remarks"], lines


def memory(document: dict) -> Table:
    """Peaks of memory."""
    lines = []
    for row in document["rows"]:
        if row["gigabytes"]:
            sides = [number(row["gigabytes"][key]) for key in ("ours", "theirs", "ratio")]
            lines.append(
                [row["what"], *sides, row["theirs"] if row["gigabytes"]["theirs"] else EMPTY, row["note"] or ""]
            )
    return "memory", ["work", "ours, GB", "theirs, GB", "ratio", "theirs", "remarks"], lines


def startup(document: dict) -> Table:
    """Lives of fresh interpreters."""
    rows = [row for row in document["rows"] if row["group"] == "startup"]
    lines = [[row["what"], row["ours"], interval(row["seconds"]["ours"])] for row in rows]
    return "fresh interpreters", ["work", "in", "s, median (min … max)"], lines


def scaling(document: dict) -> Table:
    """Values along N and the slopes of their logarithms."""
    widths = sorted({point["N"] for entry in document["scaling"] for point in entry["points"]})
    lines = []
    for entry in document["scaling"]:
        unit = {"seconds": "s", "gigabytes": "GB"}[entry["quantity"]]
        at = {point["N"]: point[entry["quantity"]] for point in entry["points"]}
        cells = [at[N]["median"] if isinstance(at[N], dict) else at[N] for N in widths]
        error = "" if entry["slope_error"] is None else f" ± {entry['slope_error']:.2f}"
        exponent = EMPTY if entry["slope"] is None else f"{entry['slope']:.2f}{error}"
        lines.append([f"{entry['what']}, {unit}", *map(number, cells), exponent])
    return "scaling", ["work", *(f"N = {N}" for N in widths), "slope"], lines


TABLES: dict[str, Callable[[dict], Table]] = {
    "machine": machine,
    "reach": reach,
    "times": ratios,
    "memory": memory,
    "startup": startup,
    "scaling": scaling,
}


def plain(document: dict) -> str:
    """All tables that have lines, in columns."""
    texts = [warning] if (warning := busy(document)) else []
    for make in TABLES.values():
        title, header, lines = make(document)
        if lines:
            widths = [max(map(len, column)) for column in zip(header, *lines, strict=True)]
            aligned = ("  ".join(map(str.ljust, line, widths)).rstrip() for line in (header, *lines))
            texts.append("\n".join([title.upper(), *aligned]))
    return "\n\n".join(texts)


def markdown(table: Table) -> str:
    """One table for a page; without lines, a sentence."""
    _, header, lines = table
    if not lines:
        return "Nothing was measured."
    rule = ["---"] * len(header)
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in (header, rule, *lines)
    )
