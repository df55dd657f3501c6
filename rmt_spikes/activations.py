"""The built-in scalar functions with their derivatives, as bodies of compiled functions (`rmt_spikes.kernel_source`).

A body has the number z and the words of `rmt_spikes.elementary`; numbers are wrapped in `real`, so that float32 stays
float32.  It sets `value` and `derivative`, which share what they have in common.  Each is stable for large |z|:
exponentials only of −|z| or −z², so that nothing overflows.  At a kink the derivative is the middle-of-the-road 0:
relu'(0) = 0 and abs'(0) = 0.  gelu(z) = z Φ(z) exactly, Φ the normal law.  A NaN is passed on, not hidden."""

BODIES = {
    "relu": """
value = real(0) if z < real(0) else z
derivative = real(1) if z > real(0) else real(0)""",
    "tanh": """
e, less = decay(real(2) * z)
rest = real(2) + less
value = -less / rest if z > real(0) else less / rest
derivative = real(4) * e / (rest * rest)""",
    "erf": """
value = erf(z)
derivative = real(1.1283791670955126) * gaussian(z)""",  # 2/√π
    "softplus": """
value = softplus(z)
derivative = sigmoid(z)""",
    "sigmoid": """
e, less = decay(z)
upper = real(1) / (real(1) + e)
value = upper if z > real(0) else e * upper
derivative = e * upper * upper""",
    "gelu": """
u = z * real(0.7071067811865476)
tail = real(0.5) * erfc(-u)
value = z * tail
derivative = tail + z * real(0.3989422804014327) * gaussian(u)""",  # 1/√2, 1/√(2π)
    "silu": """
e, less = decay(z)
upper = real(1) / (real(1) + e)
s = upper if z > real(0) else e * upper
value = z * s
derivative = s + z * (e * upper * upper)""",
    "abs": """
value = abs(z)
derivative = sign(z)""",
    "z": """
value = z
derivative = real(1)""",
    "sign": """
value = sign(z)""",
}
