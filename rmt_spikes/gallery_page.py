"""The gallery's page as text: HTML with its style in it, all that comes from outside escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape
from typing import TYPE_CHECKING

from rmt_spikes.experiments import Result
from rmt_spikes.experiments._documents import HEADINGS, rows
from rmt_spikes.experiments._values import described, differences, text

if TYPE_CHECKING:
    from rmt_spikes.gallery import Entry

WORDS = {"agree": "agrees", "disagree": "disagrees", "unclear": "unclear"}
STYLE = """
:root { color-scheme: light; --ink: #1c2330; --soft: #5a6475; --line: #d9dde4; --theory: #1f3b73; }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 76rem; padding: 1rem 1.25rem 3rem; color: var(--ink); background: #fff;
       font: 1rem/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: .5rem 0; }
h2 { font-size: 1.25rem; line-height: 1.25; margin: 0; }
p { margin: .4rem 0; }
a { color: var(--theory); }
nav ul { list-style: none; padding: 0; margin: 1rem 0; }
nav li { padding: .2rem 0; border-top: 1px solid var(--line); }
section { border-top: 3px solid var(--theory); margin-top: 2.5rem; padding-top: .8rem; }
.cite, .small { color: var(--soft); font-size: .9rem; }
.mark { display: inline-block; padding: 0 .5em; border-radius: .25em; border: 1px solid; font-size: .85rem;
        white-space: nowrap; }
.agree { color: #1d6b3a; background: #eef8f1; }
.disagree { color: #a3271b; background: #fdf0ee; }
.unclear { color: #6d5200; background: #fdf7e3; }
.body { display: grid; grid-template-columns: minmax(0, 1fr); gap: 1rem 2.5rem; margin-top: .8rem; }
img { display: block; max-width: 100%; max-height: 34rem; margin: 1rem auto 0; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; font-size: .85rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); padding-bottom: .2rem; }
th, td { padding: .15rem .7rem .15rem 0; text-align: left; border-bottom: 1px solid var(--line);
         vertical-align: top; }
th { font-weight: 600; }
.body > .scroll { white-space: nowrap; }
.n { text-align: right; white-space: nowrap; }
dl { display: grid; grid-template-columns: max-content minmax(0, 1fr); gap: .1rem .8rem; font-size: .85rem;
     margin: .4rem 0; }
dt { font-family: ui-monospace, "DejaVu Sans Mono", monospace; }
dd { margin: 0; }
@media (min-width: 62rem) { .body { grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); } }
@media print { body { max-width: none; padding: 0; font-size: 10pt; } nav { display: none; }
               .scroll { overflow: visible; } img, table { break-inside: avoid; } h2 { break-after: avoid; } }
"""


def page(entries: Sequence[Entry], seed: int) -> str:
    """The whole page."""
    listed = "\n".join(map(_link, entries))
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Published results, theory beside simulation</title>
<style>{STYLE}</style>
</head>
<body>
<h1>Published results, theory beside simulation</h1>
<p>Each at the parameters shown, seed {seed}. Simulation: mean ± standard error over trials; z in standard errors. A
number agrees within 3 standard errors or 3 %, or the experiment's own narrower limit; it is unclear where the error
bar exceeds 10 % of its scale.</p>
<nav><ul>
{listed}
</ul></nav>
{"".join(map(_section, entries))}</body>
</html>
"""


def _link(one: Entry) -> str:
    experiment = one.result.experiment
    return f'<li><a href="#{_(experiment.name)}">{_(experiment.title)}</a> {_mark(one.result)}</li>'


def _section(one: Entry) -> str:
    result, experiment = one.result, one.result.experiment
    name = _(experiment.name)
    return f"""<section id="{name}">
<h2>{_(experiment.title)} {_mark(result)}</h2>
<p class="cite">{_(experiment.citation)}</p>
<p>{_(result.text)}</p>
<a href="{name}.png"><img src="{name}.png" alt="{_(experiment.title)}: theory and simulation"></a>
<div class="body">
{_table("theory beside simulation", HEADINGS, _grouped(result))}
<div>
<p class="small">{_(experiment.assumes)}</p>
<p class="small">{_control(one)}</p>
{_parameters(result)}
{_trend(one.trend)}
<p class="small">{result.trials} trials in {result.seconds:.1f} s; <code>rmt-spikes run {name}</code>;
<a href="{name}.json">the numbers</a></p>
</div>
</div>
</section>
"""


def _grouped(result: Result) -> list[tuple[str, ...]]:
    """The rows of the table, the name of a curve at its first point only."""
    found, last = [], ""
    for quantity, (name, *rest) in zip(result.quantities, rows(result), strict=True):
        curve = quantity.key if quantity.label else name
        found.append(("" if curve == last else curve, *rest))
        last = curve
    return found


def _control(one: Entry) -> str:
    result = one.result
    wrong = result.experiment.control(result.parameters)
    count = sum(not quantity.asymptotic for quantity in result.quantities)
    changed = _(differences(result.parameters, wrong))
    reached = {quantity.key for quantity in one.refuted}
    others = dict.fromkeys(quantity.key for quantity in result.quantities if not quantity.asymptotic)
    silent = [key for key in others if key not in reached]
    text = f"Negative control: the prediction at {changed} is refuted by {len(one.refuted)} of {count} numbers"
    return text + (f"; it does not reach {', '.join(map(_, silent))}." if silent else ", some of every kind.")


def _trend(along: Sequence[Result]) -> str:
    """How far the mean is from the prediction, in per cent, at each size."""
    if not along:
        return ""
    first = along[0]
    headings = ["quantity", *(differences(first.parameters, one.parameters) or "start" for one in along)]
    names = [quantity.name for quantity in first.quantities if quantity.asymptotic or not quantity.agrees]
    names = names or [quantity.name for quantity in first.quantities]
    found = []
    for name in names:
        seen = [next((q for q in one.quantities if q.name == name), None) for one in along]
        errors = [None if q is None else q.relative_error for q in seen]
        found.append((name, *("–" if error is None else f"{100 * error:+.2f} %" for error in errors)))
    return _table("relative error as the size grows", headings, found)


def _parameters(result: Result) -> str:
    helped = {name: meaning for name, _default, meaning in described(result.experiment)}
    pairs = "\n".join(
        f"<dt>{_(name)}</dt><dd>{_(text(getattr(result.parameters, name)))}"
        f"{' <span class=small>' + _(meaning) + '</span>' if meaning else ''}</dd>"
        for name, meaning in helped.items()
    )
    return f"<dl>\n{pairs}\n</dl>"


def _table(caption: str, headings: Sequence[str], lines: Iterable[Sequence[str]]) -> str:
    def cells(values: Sequence[str], tag: str) -> str:
        return "".join(
            f'<{tag} class="n">{_(value)}</{tag}>' if _numeric(heading) else f"<{tag}>{_(value)}</{tag}>"
            for heading, value in zip(headings, values, strict=True)
        )

    def _numeric(heading: str) -> bool:
        return heading not in ("quantity", "at", "agrees")

    written = "\n".join(f"<tr>{cells(line, 'td')}</tr>" for line in lines)
    return (
        f'<div class="scroll"><table><caption>{_(caption)}</caption>\n'
        f"<thead><tr>{cells(headings, 'th')}</tr></thead>\n<tbody>\n{written}\n</tbody></table></div>"
    )


def _mark(result: Result) -> str:
    return f'<span class="mark {result.verdict}">{WORDS[result.verdict]}</span>'


def _(value: str) -> str:
    return escape(value, quote=True)
