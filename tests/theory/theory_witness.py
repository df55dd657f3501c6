"""Two witnesses that share no code with the package: the gradient steps of theory.md section 1 in plain NumPy with
dense singular values, and the population theory of section 3 on plain Gauss–Hermite grids."""

import numpy as np
from scipy.special import expit, ndtr, roots_hermitenorm

SIGMA = {  # value and derivative
    "tanh": (np.tanh, lambda u: 1 - np.tanh(u) ** 2),
    "tanh(z + 0.8)": (lambda u: np.tanh(u + 0.8), lambda u: 1 - np.tanh(u + 0.8) ** 2),
    "relu": (lambda u: np.maximum(u, 0), lambda u: 1.0 * (u > 0)),
    "softplus": (lambda u: np.logaddexp(0, u), expit),
    "gelu": (lambda u: u * ndtr(u), lambda u: ndtr(u) + u * np.exp(-(u**2) / 2) / np.sqrt(2 * np.pi)),
}
TARGET = {
    "z": lambda z: z,
    "z + (z**2 - 1)/2": lambda z: z + (z**2 - 1) / 2,
    "z + z**2/2": lambda z: z + z**2 / 2,
    "He(3, z)/sqrt(6)": lambda z: (z**3 - 3 * z) / np.sqrt(6),
    "He(2, z)/sqrt(2)": lambda z: (z**2 - 1) / np.sqrt(2),
    "tanh": np.tanh,
}


def draw(rng, fields):
    """W0 with rows on the sphere, a, β*, and one batch or two."""
    N, d, n = fields["width"], fields["dim"], fields["samples"]
    W0 = rng.standard_normal((N, d))
    W0 /= np.linalg.norm(W0, axis=1, keepdims=True)
    a = rng.standard_normal(N)
    a = (np.sign(a) if fields.get("readout") == "rademacher" else a) / np.sqrt(N)
    beta = rng.standard_normal(d)
    beta /= np.linalg.norm(beta)
    batches = []
    for _ in range(1 if fields.get("batch") == "reuse" else 2):
        X = rng.standard_normal((n, d))
        batches += [X, TARGET[fields["target"]](X @ beta) + fields.get("noise", 0) * rng.standard_normal(n)]
    return W0, a, beta, batches


def trained(fields, W0, a, batches):
    """W after the steps."""
    sigma, slope = SIGMA[fields["activation"]]
    N, W = fields["width"], W0
    for t in range(fields.get("steps", 2)):
        X, y = batches[:2] if t == 0 or fields.get("batch") == "reuse" else batches[2:]
        H = W @ X.T
        residual = y if fields.get("loss") == "correlation" else y - a @ sigma(H) / np.sqrt(N)
        eta = fields.get(f"scale{t + 1}", 1) * N ** float(fields[f"alpha{t + 1}"])
        W = W + eta / len(y) * (a[:, None] * residual * slope(H)) @ X
    return W


def leading(W, beta, k=2):
    """Singular values, squared overlaps with β* and left vectors of the k leading triplets."""
    U, s, Vt = np.linalg.svd(W, full_matrices=False)
    return s[:k], (Vt[:k] @ beta) ** 2, U[:, :k]


def gauss_hermite(m):
    x, w = roots_hermitenorm(m)
    return x, w / w.sum()


def population(fields, nodes=(60, 48, 12, 16)):
    """θ and |ω| of the two leading spikes for smooth σ, reuse, squared loss, no noise and E y = 0."""
    N, d, n = fields["width"], fields["dim"], fields["samples"]
    sigma, slope = SIGMA[fields["activation"]]
    eta1, eta2 = (N ** float(fields[name]) for name in ("alpha1", "alpha2"))
    phi = d / n
    h = np.arange(-128, 129) / 16
    wh = np.exp(-(h**2) / 2) / np.exp(-(h**2) / 2).sum()
    kept = wh > 1e-12
    h, wh = h[kept], wh[kept]
    mu1 = wh @ slope(h)
    variance = wh @ slope(h) ** 2 - mu1**2
    (x, wa), (z, wz), (t, wt), (xi, wx) = map(gauss_hermite, nodes)
    a = x / np.sqrt(N)
    z, t = (grid.ravel() for grid in np.meshgrid(z, t, indexing="ij"))
    w = np.outer(wz, wt).ravel()
    kept = w > 1e-14
    z, t, w = z[kept], t[kept], w[kept]
    y = TARGET[fields["target"]](z)
    c1, m2 = w @ (z * y), w @ y**2
    spread = np.sqrt(phi * m2)
    b2 = c1**2 + spread**2
    g = c1 * z + spread * t
    first, second = np.zeros((len(a), len(z))), np.zeros((len(a), len(z)))
    for i, A in enumerate(eta1 * a):
        for hj, wj in zip(h, wh, strict=True):
            u = (hj + A * (phi * y * slope(hj) + mu1 * g))[:, None] + A * spread * np.sqrt(variance) * xi
            first[i] += wj * slope(u) @ wx
            second[i] += wj * sigma(u) @ wx
    q = (y - np.sqrt(N) * (wa * a) @ second) * first
    o, B, C0, C = q @ (w * z), q @ (w * t) / spread, q @ (w * y), (q * w) @ q.T
    P = o - c1 * B
    inner = np.outer(P, P) + c1 * (np.outer(P, B) + np.outer(B, P)) + b2 * np.outer(B, B) + phi * C
    inner += phi * (np.outer(B, C0) + np.outer(C0, B))
    v1 = c1 * P + b2 * B + phi * C0
    lead = eta1 * mu1
    K = np.outer(a, a) * (lead**2 * b2 + lead * eta2 * (v1[:, None] + v1) + eta2**2 * inner)
    root = np.sqrt(N * wa)
    squares, U = np.linalg.eigh(root[:, None] * K * root)
    theta = np.sqrt(squares[:-3:-1])
    return theta, np.abs((root * a * (lead * c1 + eta2 * o)) @ U[:, :-3:-1] / theta)
