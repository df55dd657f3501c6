"""What fresh users broke: clusters, inconsistent operators, extreme scales, gaps, unchecked draws, overflows."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse.linalg import LinearOperator, aslinearoperator

from rmt_spikes import (
    TwoLayer,
    draw,
    eigenvalue_density,
    gradient_step,
    leading_eigenpairs,
    leading_triplets,
    singular_values,
    train,
    updated_operator,
)

CLUSTERS = {
    "as many copies as a block holds and one": ([3.0] * 9 + [1.0] * 300, 9),
    "many copies": ([3.0] * 20 + [1.0] * 300, 20),
    "two clusters": ([3.0] * 12 + [2.0] * 30 + [1.0] * 100, 20),
    "a tight cluster": ([*(3 - 1e-9 * np.arange(30)), *[1.0] * 300], 30),
}


def with_values(s, m=900, n=600):
    rng = np.random.default_rng(0)
    U, V = (np.linalg.qr(rng.standard_normal((size, len(s))))[0] for size in (m, n))
    return (U * np.asarray(s)) @ V.T, V


@pytest.mark.parametrize("case", CLUSTERS)
@pytest.mark.parametrize("kind", [np.asarray, aslinearoperator])
def test_clusters_and_few_distinct_values_are_no_fault_of_the_matrix(case, kind):
    s, k = CLUSTERS[case]
    A, V = with_values(s)
    found = leading_triplets(kind(A), k)
    np.testing.assert_allclose(found.s, s[:k], atol=1e-9)
    assert found.residuals.max() < 1e-9
    pairs = leading_eigenpairs((V * np.asarray(s)) @ V.T, k)
    np.testing.assert_allclose(pairs.values, s[:k], atol=1e-9)


WRONG = {
    "sign": lambda A: (lambda v: A @ v, lambda u: -(A.T @ u)),
    "factor": lambda A: (lambda v: A @ v, lambda u: 2 * (A.T @ u)),
    "affine": lambda A: (lambda v: A @ v + 1, lambda u: A.T @ u),
    "other": lambda A: (lambda v: A @ v, lambda u: A.T @ u[::-1]),
}


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("shape", [(301, 173), (900, 600)])
def test_an_operator_whose_products_do_not_agree_is_refused_at_any_size(wrong, shape):
    A = np.random.default_rng(0).standard_normal(shape)
    matvec, rmatvec = WRONG[wrong](A)
    with pytest.raises(ValueError, match=r"the transposed product of A does not belong to A: .* correct rmatvec"):
        leading_triplets(LinearOperator(shape, matvec=matvec, rmatvec=rmatvec, dtype=float), 5)


def test_a_nonsymmetric_operator_has_no_eigenpairs_at_any_size():
    for n in (100, 700):
        A = np.random.default_rng(0).standard_normal((n, n))
        with pytest.raises(ValueError, match=r"A is not symmetric: .* take leading_triplets"):
            leading_eigenpairs(aslinearoperator(A), 3)


@pytest.mark.parametrize("scale", [1e-50, 1e-25, 1e18, 1e25, 1e50])
def test_arithmetic_in_float32_is_scaled_to_its_own_range(scale):
    A = np.random.default_rng(0).standard_normal((300, 100))
    wanted = scale * singular_values(A)
    np.testing.assert_allclose(singular_values(scale * A, precision="float32"), wanted, atol=1e-4 * wanted[0])


@pytest.mark.parametrize("shape", [(301, 173), (1200, 600)])
def test_subnormal_entries_keep_their_triplets(shape):
    A = 1e-310 * np.random.default_rng(0).standard_normal(shape)
    found = leading_triplets(A, 3)
    np.testing.assert_allclose(found.s, singular_values(A)[:3], rtol=1e-9)
    assert np.isfinite(found.residuals).all()


def test_the_share_below_a_point_in_a_gap_is_within_its_error():
    rng = np.random.default_rng(0)
    A = np.diag(np.concatenate([np.zeros(300), rng.uniform(2, 3, 100)]))
    found = [eigenvalue_density(np.random.default_rng(seed), A) for seed in range(20)]
    z = np.array([(law.cumulative(1.0).mean - 0.75) / law.cumulative(1.0).sem for law in found])
    assert abs(z.mean()) < 1
    assert (
        np.abs((np.array([law.cumulative(1.0).mean for law in found]) - 0.70).mean()) > 0.03
    )  # a wrong share is seen


def reused():
    problem = TwoLayer(activation="tanh", target="z", width=50, dim=60, samples=20, batch="reuse")
    return problem, draw(np.random.default_rng(0), problem)


@pytest.mark.parametrize("change", [
    lambda D: {"a": D.a[:-1]},
    lambda D: {"a": D.a.astype("float32")},
    lambda D: {"a": D.a[:, None]},
])  # fmt: skip
@pytest.mark.parametrize("use", [train, updated_operator])
def test_a_draw_that_does_not_fit_is_refused_on_the_way_through_the_gram_matrix_too(change, use):
    problem, D = reused()
    with pytest.raises((ValueError, TypeError), match=r"a has shape|mix precisions"):
        use(replace(D, **change(D)), problem)


def test_labels_that_are_not_finite_are_refused_by_the_operator():
    problem = TwoLayer(activation="tanh", target="z", width=50, dim=20, samples=60)
    D = draw(np.random.default_rng(0), problem)
    with pytest.raises(ValueError, match="y has entries that are not finite"):
        updated_operator(replace(D, y2=D.y2 * np.nan), problem)


def test_a_step_that_overflows_is_refused_and_not_returned():
    W, X = np.ones((3, 2), dtype=np.float32), 9 * np.ones((4, 2), dtype=np.float32)
    a, y = np.ones(3, dtype=np.float32), np.ones(4, dtype=np.float32)
    with pytest.raises(ValueError, match="the updated weights overflow float32"):
        gradient_step(W, a, X, y, "z", 3e38)
