"""The largest eigenpairs of symmetric matrices and operators against LAPACK."""

import numpy as np
import pytest
from scipy import linalg, sparse
from scipy.sparse.linalg import aslinearoperator

from rmt_spikes import leading_eigenpairs, leading_triplets


def wigner(n, seed=0, spike=0.0):
    rng = np.random.default_rng(seed)
    X, u = rng.standard_normal((n, n)), rng.standard_normal(n)
    return (X + X.T) / np.sqrt(2 * n) + spike * np.outer(u, u) / (u @ u)


def with_values(values, seed=0):
    Q = linalg.qr(np.random.default_rng(seed).standard_normal((len(values), len(values))))[0]
    A = Q * values @ Q.T
    return (A + A.T) / 2


CASES = {
    "small, dense": (lambda: wigner(50), 5),
    "semicircle": (lambda: wigner(600), 4),
    "outlier 5 % above the edge": (lambda: wigner(900, spike=1.37), 1),
    "negative definite": (lambda: wigner(500) - 3 * np.eye(500), 3),
    "the largest in size is negative": (lambda: wigner(500, spike=-50.0), 2),
    "minus identity": (lambda: -np.eye(500), 9),
    "zero": (lambda: np.zeros((500, 500)), 3),
    "value four times": (lambda: with_values(np.r_[np.full(4, 5.0), np.linspace(3, -3, 496)]), 6),
    "value thirty times": (lambda: with_values(np.r_[np.full(30, 2.0), np.linspace(1, 0, 470)]), 20),
}


@pytest.mark.parametrize("case", CASES)
def test_pairs_agree_with_lapack_and_residuals_are_honest(case):
    make, k = CASES[case]
    A = make()
    values, vectors, residuals = leading_eigenpairs(A, k)
    scale = linalg.norm(A, 2)
    np.testing.assert_allclose(values, linalg.eigvalsh(A)[::-1][:k], atol=1e-12 * scale)
    np.testing.assert_allclose(vectors.T @ vectors, np.eye(k), atol=1e-12)
    np.testing.assert_allclose(residuals, linalg.norm(A @ vectors - vectors * values, axis=0), atol=1e-13 * scale)
    assert (residuals <= 1.001e-10 * scale).all()
    assert (vectors[np.abs(vectors).argmax(axis=0), range(k)] > 0).all()


@pytest.mark.parametrize("face", [aslinearoperator, sparse.csr_array, np.asfortranarray])
@pytest.mark.parametrize("scale", [1.0, 1e-200, 1e200])
def test_operators_sparse_matrices_and_scales_agree(face, scale):
    A = wigner(500, spike=2.0)
    np.testing.assert_allclose(leading_eigenpairs(face(scale * A), 3).values / scale,
                               leading_eigenpairs(A, 3).values, rtol=1e-12)  # fmt: skip


def test_a_gram_matrix_has_the_squares_of_the_singular_values():
    A = np.random.default_rng(2).standard_normal((700, 500))
    pairs, triplets = leading_eigenpairs(A.T @ A, 3), leading_triplets(A, 3)
    np.testing.assert_allclose(pairs.values, triplets.s**2, rtol=1e-12)
    np.testing.assert_allclose(np.abs((pairs.vectors * triplets.Vt.T).sum(axis=0)), 1, atol=1e-9)


def test_float32_reaches_its_tolerance():
    A = wigner(600).astype(np.float32)
    for face in (A, aslinearoperator(A)):
        found = leading_eigenpairs(face, 3, tol=1e-5)
        assert (found.residuals < 2.5e-5).all()
        np.testing.assert_allclose(found.values, linalg.eigvalsh(A.astype(float))[:-4:-1], rtol=1e-6)


def test_what_is_not_symmetric_or_square_is_refused(monkeypatch):
    with pytest.raises(ValueError, match="A is not symmetric: A and its transpose differ by up to"):
        leading_eigenpairs(np.triu(np.ones((9, 9))), 2)
    with pytest.raises(ValueError, match=r"A has shape \(2, 3\): give a square matrix, or take leading_triplets"):
        leading_eigenpairs(np.ones((2, 3)), 1)
    with pytest.raises(ValueError, match=r"k = 4 is not a whole number from 1 to n = 3"):
        leading_eigenpairs(np.eye(3), 4)
    monkeypatch.setattr("rmt_spikes.eigenpairs.PASSES", 3)
    with pytest.raises(ValueError, match=r"the residuals of 2 vectors stay at .* above tol = 1e-10: raise tol, or"):
        leading_eigenpairs(wigner(500), 2)
