"""``rmt-spikes exponents TARGET``: what kind of gradient descent can learn this target, with proofs."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import click

from rmt_spikes.printing import json_option, print_json

if TYPE_CHECKING:
    from theory.certificates import Measured, Vanishing
    from theory.exponents import Exponents


@click.command("exponents")
@click.argument("target", metavar="TARGET")
@click.option("--activation", help="σ: adds the weight in front of term J.")
@click.option("--alpha1", help="With --alpha2: whether ⌊α2/(1/2 − α1)⌋ ≥ J, exactly.")
@click.option("--alpha2", help="Exponent of the second step size.")
@click.option("--noise", default="0", help="Standard deviation of the label noise, read exactly; it enters J.")
@click.option("--degree", type=int, help="Highest degree looked at: 20 by default, 8 for several variables.")
@json_option
def command(target: str, as_json: bool, noise: str, **options: Any) -> None:
    """Information, generative and leap exponent and batch-reuse index of TARGET, in z or z1 … z4, with proofs."""
    from theory.batch_reuse import exact_noise
    from theory.exponents import exponents

    found = exponents(target, noise=exact_noise(noise), **options)
    if as_json:
        print_json(document(found))
    else:
        click.echo("\n".join(lines(found)))


def document(found: Exponents) -> dict[str, Any]:
    """What ``--json`` prints."""
    information, generative, leap, reuse = found.information, found.generative, found.leap, found.batch_reuse
    return {
        "schema": 1,
        "target": found.target,
        "variables": list(found.variables),
        "information_exponent": information.value,
        "generative_exponent": None if generative is None else generative.value,
        "leap": leap.value,
        "batch_reuse_index": None if reuse is None else reuse.value,
        "certificates": {
            "information_exponent": {**_certificate(information), "coefficient": _measured(information.coefficient)},
            "generative_exponent": _generative(found),
            "leap": _leap(found),
            "batch_reuse_index": _batch_reuse(found),
        },
    }


def _certificate(part: Any) -> dict[str, Any]:
    return {"certified": part.certified, "remark": part.remark, "zeros": [_zero(zero) for zero in part.zeros]}


def _zero(zero: Vanishing) -> dict[str, Any]:
    return {"order": zero.order, "reason": zero.reason, "bound": _finite(zero.bound)}


def _measured(value: Measured | None) -> dict[str, Any] | None:
    if value is None:
        return None
    return {"value": value.value, "bound": _finite(value.bound), "exact": value.exact}


def _finite(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _generative(found: Exponents) -> dict[str, Any]:
    if found.generative is None:
        return {"certified": False, "remark": "not defined here for several variables", "zeros": []}
    witness = found.generative.witness
    shown = None if witness is None else {"transformation": witness.transformation, "mean": _measured(witness.mean)}
    return {**_certificate(found.generative), "method": found.generative.method, "witness": shown}


def _leap(found: Exponents) -> dict[str, Any]:
    steps = [
        {
            "index": list(step.index),
            "new_degree": step.new_degree,
            "covers": list(step.covers),
            "coefficient": _measured(step.coefficient),
        }
        for step in found.leap.steps
    ]
    leap = found.leap
    return {"certified": leap.certified, "remark": leap.remark, "method": leap.method, "steps": steps}


def _batch_reuse(found: Exponents) -> dict[str, Any]:
    if found.batch_reuse is None:
        return {"certified": False, "remark": "not defined here for several variables", "zeros": []}
    condition, weight = found.condition, found.weight
    return {
        **_certificate(found.batch_reuse),
        "moment": _measured(found.batch_reuse.moment),
        "condition": condition and {
            "text": condition.text,
            "ratio": str(condition.ratio),
            "floor": condition.floor,
            "holds": condition.holds,
        },
        "weight": weight and {
            "value": _measured(weight.weight),
            "vanishes": weight.vanishes,
            "reason": weight.reason,
        },
    }  # fmt: skip


def lines(found: Exponents) -> list[str]:
    """The same for a reader."""
    information, generative, leap, reuse = found.information, found.generative, found.leap, found.batch_reuse
    shown = [f"target = {found.target}"]
    order = f"*_{information.value}" if len(found.variables) == 1 else ""
    evidence = "" if information.coefficient is None else f"c{order} = {_number(information.coefficient)}"
    shown += _block("information exponent", information, evidence)
    if generative is not None:
        witness = generative.witness
        evidence = "" if witness is None else (
            f"E[T(y) He_{generative.value}(z)] = {_number(witness.mean)},  T(y) = {witness.transformation}"
        )  # fmt: skip
        shown += _block("generative exponent", generative, evidence)
    steps = " → ".join(f"{_monomial(step.index, found.variables)} (+{step.new_degree})" for step in leap.steps)
    remark = leap.remark or ("certified" if leap.certified else "not certified")
    shown += [f"{'leap':<21} {_value(leap.value)}", f"    {steps or 'no step'};  {remark} ({leap.method})"]
    if reuse is not None:
        moment = reuse.moment
        evidence = "" if moment is None or reuse.value is None else f"E[z y^{reuse.value + 1}] = {_number(moment)}"
        shown += _block("batch-reuse index J", reuse, evidence)
    return shown + _reuse_lines(found)


def _reuse_lines(found: Exponents) -> list[str]:
    shown = []
    if found.condition is not None:
        condition = found.condition
        answer = {True: "holds", False: "fails", None: "undecided"}[condition.holds]
        if condition.holds and found.weight is not None and found.weight.vanishes:
            answer = "yes, but the weight vanishes, see below"
        shown.append(f"    ⌊ρ⌋ ≥ J,  {condition.text}:  {answer},  ρ = {condition.ratio}, ⌊ρ⌋ = {condition.floor}")
    if found.weight is not None:
        weight = found.weight
        value = "" if weight.weight is None else f" = {_number(weight.weight)}"
        verdict = f"vanishes: {weight.reason}" if weight.vanishes else weight.reason or "not zero"
        shown.append(f"    weight E[σ^({weight.J + 1}) σ'^{weight.J}]/{weight.J}!{value};  {verdict}")
    return shown


def _block(name: str, part: Any, evidence: str) -> list[str]:
    zeros = [f"{zero.order}: {zero.reason}" for zero in part.zeros if not zero.undetermined]
    unknown = [f"{zero.order}: {zero.reason}" for zero in part.zeros if zero.undetermined]
    below = f"zero at {', '.join(zeros)}" if zeros else ""
    doubt = f"not known at {', '.join(unknown)}" if unknown else ""
    details = [text for text in (evidence, below, doubt, part.remark) if text]
    return [f"{name:<21} {_value(part.value)}", f"    {';  '.join(details)}"]


def _value(value: int | None) -> str:
    return "none" if value is None else str(value)


def _number(value: Measured) -> str:
    shown = f"{value.value:.10g}"
    if value.exact is None:
        return f"{shown} ± {value.bound:.1e}"
    if shown == "0" and value.exact != "0":
        return f"{value.exact} (below the smallest double)"
    return shown if value.exact == shown or len(value.exact) > 40 else f"{value.exact} = {shown}"


def _monomial(index: tuple[int, ...], variables: tuple[str, ...]) -> str:
    return " ".join(f"He_{s}({z})" for z, s in zip(variables, index, strict=True) if s)
