"""Features σ(W1 x) after one gradient step, given the projection κ of x on the learned direction."""
from __future__ import annotations
import numpy as np
from theory.feature_ridge import Features
from theory.model import Model
from theory.quadrature import normal_rule, smoothed, fine_normal_rule

def step_features(model, nodes=40, eta=None):
    mu1, mu2, var = model.activation_moments
    c1, Ey, m2 = model.target_moments
    phi, N = model.phi, model.N
    b = np.sqrt(c1**2 + phi*m2)
    eta = model.eta1 if eta is None else eta
    if model.readout == "rademacher":
        z, kinds = np.array([-1.,1.]), np.array([.5,.5])
    else:
        z, kinds = normal_rule(12, kinks=(0.0,))
    A = eta*z/np.sqrt(N)
    kap, p = normal_rule(nodes)
    c = (1 + A*mu2*Ey)**2 + A**2*phi*m2*var
    sig = model.sigma
    mean = np.empty((A.size, kap.size)); lin = mean.copy(); sq = mean.copy()
    for r in range(A.size):
        sd = np.sqrt(c[r]); mm = A[r]*mu1*b*kap
        mean[r] = smoothed(sig, sig.kinks, mm, sd)
        lin[r] = sd*smoothed(sig.derivative, sig.kinks, mm, sd)
        sq[r] = smoothed(lambda u: sig(u)**2, sig.kinks, mm, sd)
    noise2 = np.maximum(sq - mean**2 - lin**2, 0)
    cos = c1/b; sin = np.sqrt(1-cos**2)
    t = model.target
    f0 = smoothed(t, t.kinks, cos*kap, sin)
    f2 = smoothed(lambda u: t(u)**2, t.kinks, cos*kap, sin)
    # E[σ*(cos κ + sin G) G]
    x, w = fine_normal_rule()
    if t.kinks:
        f1 = np.array([w2 @ (t(cos*k+sin*x2)*x2) for k in kap for x2,w2 in [fine_normal_rule(tuple((kk-cos*k)/sin for kk in t.kinks))]])
    else:
        f1 = (t(cos*kap[:,None]+sin*x)*x) @ w
    tau2 = np.maximum(f2 - f0**2 - f1**2, 0) + model.noise**2
    return Features(mean, lin, noise2, f0, f1, tau2, kinds, p, kap)
