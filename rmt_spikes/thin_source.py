"""Compiled loops for A V and Aᵀ U with a few columns, written out in full so that compilers form vectors of them.

Along a row of A, four rows at a time and for each of C columns,

    along:   s_rc += A_rj V_cj          (sums over j, kept in registers)
    across:  O_cj += Σ_r A_rj U_rc      (four rows for each time that O is read and written)

with V and O held as rows, so that all memory is read in its order.  A of another precision than the block's is
converted entry by entry.  The text is made here, for C = 4 and 8, because a loop over columns inside the loop over j
would keep it from being vectorised."""

from functools import lru_cache
from types import ModuleType

from rmt_spikes.kernel_source import from_text

ROWS = 4
HEAD = '''"""Made by rmt_spikes.thin_source; may be deleted at any time."""
from numba import njit

# sums over j may be taken in any order: that is what makes vectors of them
options = dict(nogil=True, cache={cache}, fastmath={{"contract", "reassoc", "nsz"}})
'''


@lru_cache(maxsize=2)
def loops(columns: int) -> ModuleType:
    """The module with `along(A, V, out)`, out = A V with V (C×n), out (m×C), and `across(A, U, out)`, out += (Aᵀ U)ᵀ
    with U (m×C), out (C×n), for A (m×n) with m a multiple of 4.

    >>> import numpy as np
    >>> A, out = np.arange(8.0).reshape(4, 2), np.zeros((4, 2))
    >>> loops(4).across(A, np.eye(4), out)
    >>> out
    array([[0., 1.],
           [2., 3.],
           [4., 5.],
           [6., 7.]])
    """
    return from_text(lambda cache: HEAD.format(cache=cache) + _along(columns) + _across(columns))


def _along(C: int) -> str:
    pairs = [(r, c) for r in range(ROWS) for c in range(C)]
    return "\n".join([
        "",
        "@njit(**options)",
        "def along(A, V, out):",
        "    zero = 0 * V[0, 0]",
        f"    for i in range(0, len(A), {ROWS}):",
        *(f"        a{r} = A[i + {r}]" for r in range(ROWS)),
        *(f"        v{c} = V[{c}]" for c in range(C)),
        *(f"        s{r}_{c} = zero" for r, c in pairs),
        "        for j in range(A.shape[1]):",
        *(f"            x{r} = a{r}[j]" for r in range(ROWS)),
        *(f"            y{c} = v{c}[j]" for c in range(C)),
        *(f"            s{r}_{c} += x{r} * y{c}" for r, c in pairs),
        *(f"        out[i + {r}, {c}] = s{r}_{c}" for r, c in pairs),
        "",
    ])  # fmt: skip


def _across(C: int) -> str:
    return "\n".join([
        "",
        "@njit(**options)",
        "def across(A, U, out):",
        f"    for i in range(0, len(A), {ROWS}):",
        *(f"        a{r} = A[i + {r}]" for r in range(ROWS)),
        *(f"        o{c} = out[{c}]" for c in range(C)),
        *(f"        u{r}_{c} = U[i + {r}, {c}]" for r in range(ROWS) for c in range(C)),
        "        for j in range(A.shape[1]):",
        *(f"            x{r} = a{r}[j]" for r in range(ROWS)),
        *(f"            o{c}[j] += {' + '.join(f'x{r} * u{r}_{c}' for r in range(ROWS))}" for c in range(C)),
        "",
    ])  # fmt: skip
