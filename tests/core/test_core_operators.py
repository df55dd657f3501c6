"""Sparse matrices and operators give what the array gives; wrong ones are found out."""

import numpy as np
import pytest
from scipy import sparse
from scipy.sparse.linalg import LinearOperator, aslinearoperator

from rmt_spikes import leading_eigenpairs, leading_triplets


def matrix(m=700, n=500, seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((m, n)) / np.sqrt(n) + np.outer(rng.standard_normal(m), rng.standard_normal(n)) / 200


class Columns:
    """Only products with one vector."""

    def __init__(self, A):
        self.A, self.shape, self.dtype = A, A.shape, A.dtype

    def matvec(self, v):
        return self.A @ v

    def rmatvec(self, u):
        return self.A.T @ u


class Products:
    """Only @ and a transpose."""

    def __init__(self, A):
        self.A, self.shape, self.dtype = A, A.shape, A.dtype

    def __matmul__(self, V):
        return self.A @ V

    @property
    def T(self):
        return Products(self.A.T)


FACES = [aslinearoperator, Columns, Products, sparse.csr_matrix, sparse.csc_array, sparse.coo_array]


@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("shape", [(700, 500), (500, 700), (30, 40), (40, 30)])
def test_operators_and_sparse_matrices_agree_with_the_array(face, shape):
    A = matrix(*shape)
    found, expected = leading_triplets(face(A), 3), leading_triplets(A, 3)
    np.testing.assert_allclose(found.s, expected.s, rtol=1e-12)
    np.testing.assert_allclose(found.U[:, 0], expected.U[:, 0], atol=1e-7)
    assert (found.residuals <= 1.001e-10 * found.s[0]).all()


def test_sparse_scales_far_from_one():
    for scale in (1e-200, 1e200):
        for face in (sparse.csr_array, aslinearoperator):
            np.testing.assert_allclose(leading_triplets(face(scale * matrix()), 2).s / scale,
                                       leading_triplets(matrix(), 2).s, rtol=1e-12)  # fmt: skip


def test_an_operator_in_float32_reaches_its_tolerance_in_few_passes_and_no_less_is_asked_of_it():
    A = matrix(1200, 800).astype(np.float32)
    passes = []
    operator = LinearOperator(A.shape, matvec=lambda v: A @ v, matmat=lambda V: passes.append(V.dtype) or A @ V,
                              rmatvec=lambda u: A.T @ u, rmatmat=lambda U: A.T @ U, dtype=A.dtype)  # fmt: skip
    found = leading_triplets(operator, 10)
    assert set(passes) == {np.dtype(np.float32)}
    assert len(passes) < 40
    assert (found.residuals < 1.5e-5 * found.s[0]).all()
    np.testing.assert_allclose(found.s, leading_triplets(A.astype(float), 10).s, rtol=1e-6)
    with pytest.raises(ValueError, match=r"tol = 1e-08 is below 2e-06, which products in float32 reach: raise tol"):
        leading_triplets(operator, 3, tol=1e-8)


@pytest.mark.parametrize(
    "wrong", [lambda A, u: 2 * A.T @ u, lambda A, u: -A.T @ u, lambda A, u: A.T @ u + 0.1 * u[0]]
)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_a_transpose_that_does_not_belong_is_found_out(wrong, dtype):
    A = matrix().astype(dtype)
    operator = LinearOperator(A.shape, matvec=lambda v: A @ v, rmatvec=lambda u: wrong(A, u), dtype=dtype)
    with pytest.raises(ValueError, match=r"the transposed product of A does not belong to A: .* differ by"):
        leading_triplets(operator, 3)


def test_an_operator_that_is_not_symmetric_has_no_eigenpairs():
    for A in (matrix(600, 600), matrix(50, 50)):
        with pytest.raises(ValueError, match=r"A is not symmetric: .* take (leading_triplets|singular_values)"):
            leading_eigenpairs(aslinearoperator(A), 3)


@pytest.mark.parametrize("size", [20, 600])
def test_values_that_are_not_finite_are_refused(size):
    A = np.eye(size)
    A[3, 2] = np.nan
    with pytest.raises(ValueError, match=r"the operator A returned A V with NaN or infinite values"):
        leading_triplets(aslinearoperator(A), 2)


def test_a_product_of_the_wrong_shape_is_refused():
    broken = LinearOperator((600, 500), matvec=lambda v: v, matmat=lambda V: V[:3], rmatmat=lambda U: U, dtype=float)
    with pytest.raises(ValueError, match=r"the operator A returned A V of shape \(3, .*return real numbers of shape"):
        leading_triplets(broken, 2)


def test_an_operator_without_a_transpose_is_refused():
    A = matrix()
    with pytest.raises(ValueError, match="A has no transposed product: give rmatmat, rmatvec or a transpose"):
        leading_triplets(LinearOperator(A.shape, matvec=lambda v: A @ v), 2)


def test_complex_operators_and_empty_ones_are_refused():
    with pytest.raises(TypeError, match="A has dtype complex128: give an operator whose products are float32 or"):
        leading_triplets(aslinearoperator(matrix() * 1j), 2)
    with pytest.raises(TypeError, match="A has dtype complex128: give a matrix of real numbers"):
        leading_triplets(sparse.csr_array(matrix() * 1j), 2)
    with pytest.raises(ValueError, match=r"A has shape \(0, 3\): give a non-empty matrix"):
        leading_triplets(sparse.csr_array((0, 3)), 2)
    with pytest.raises(ValueError, match=r"k = 6 is not a whole number from 1 to min\(m, n\) = 5"):
        leading_triplets(aslinearoperator(np.ones((5, 9))), 6)
