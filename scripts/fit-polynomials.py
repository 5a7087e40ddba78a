#!/usr/bin/env python3
"""Fits the polynomials of runtime/compiler/cpu/MathFormulas.h.

Each row of FITS approximates f(t) on [low, high] by the sum of c[i] * t^i
under a weight (1/|the function that the polynomial ends up in| for relative
error). The fit is a weighted least squares at Chebyshev nodes, reweighted
towards the largest error (Lawson), which comes within a few per cent of the
minimax polynomial. Coefficients are then rounded to the working precision from
the lowest degree up, refitting the remaining ones after each.

Prints one C++ initialiser list a row, lowest degree first, and the largest
weighted error as a power of two. Needs mpmath. Usage: fit-polynomials.py [NAME...]
"""

import struct
import sys

from mpmath import mp, mpf, matrix

mp.dps = 50


def toF32(x):
    return mpf(struct.unpack("f", struct.pack("f", float(x)))[0])


def toF64(x):
    return mpf(float(x))


def solve(rows, values, weights):
    """Weighted least squares by QR."""
    count, unknowns = len(rows), len(rows[0])
    a = matrix(count, unknowns)
    b = matrix(count, 1)
    for i in range(count):
        w = mp.sqrt(weights[i])
        for j in range(unknowns):
            a[i, j] = rows[i][j] * w
        b[i] = values[i] * w
    # Normal equations: 50 digits leave room for the squared condition.
    return list(mp.lu_solve(a.T * a, a.T * b))


def fitPolynomial(f, scale, low, high, degree, fixed=()):
    """Coefficients fixed + fitted of sum c[i] t^i ~ f(t), error weighted by scale(t)."""
    nodes = 6 * (degree + 1) + 10
    ts = [(low + high) / 2 + (high - low) / 2 * mp.cos(mp.pi * (2 * k + 1) / (2 * nodes)) for k in range(nodes)]
    fs = [f(t) for t in ts]
    ss = [scale(t) for t in ts]
    free = range(len(fixed), degree + 1)
    rows = [[t**i * s for i in free] for t, s in zip(ts, ss)]
    values = [(v - sum(c * t**i for i, c in enumerate(fixed))) * s for t, v, s in zip(ts, fs, ss)]
    weights = [mpf(1)] * nodes
    best, bestError = None, mpf("inf")
    for _ in range(12):
        c = solve(rows, values, weights)
        errors = [abs(sum(r[j] * c[j] for j in range(len(c))) - v) for r, v in zip(rows, values)]
        worst = max(errors)
        if worst < bestError:
            best, bestError = c, worst
        if worst == 0:
            break
        weights = [w * (e / worst + mpf("0.02")) for w, e in zip(weights, errors)]
        total = sum(weights)
        weights = [w / total for w in weights]
    return list(fixed) + best, bestError


def fitRounded(f, scale, low, high, degree, rounding, fixed=()):
    fixed = list(fixed)
    error = mpf(0)
    while len(fixed) <= degree:
        c, error = fitPolynomial(f, scale, low, high, degree, fixed)
        fixed.append(rounding(c[len(fixed)]))
    worst = mpf(0)
    for k in range(400):
        t = low + (high - low) * k / 399
        if t == 0:
            continue
        worst = max(worst, abs((sum(c * t**i for i, c in enumerate(fixed)) - f(t)) * scale(t)))
    return fixed, worst


half = mp.log(2) / 2 + mpf("1e-4")


def expTail(r):
    return mp.exp(r)


def logTail(f):
    """(log(1 + f) - f + f^2/2) / f^3"""
    if abs(f) < mpf("1e-12"):
        return mpf(1) / 3 - f / 4
    return (mp.log1p(f) - f + f * f / 2) / f**3


def atanhTail(z):
    """(2 atanh(s) - 2 s) / s^3 with z = s^2"""
    if z < mpf("1e-20"):
        return mpf(2) / 3 + 2 * z / 5
    s = mp.sqrt(z)
    return (2 * mp.atanh(s) - 2 * s) / s**3


def oddTail(g):
    """(g(x) - x) / x^3 with z = x^2"""

    def tail(z):
        z = max(z, mpf("1e-16"))
        x = mp.sqrt(z)
        return (g(x) - x) / x**3

    return tail


def cosTail(z):
    """(cos(x) - 1 + z/2) / z^2 with z = x^2"""
    z = max(z, mpf("1e-16"))
    return (mp.cos(mp.sqrt(z)) - 1 + z / 2) / z**2


def erfSmall(z):
    z = max(z, mpf("1e-20"))
    x = mp.sqrt(z)
    return mp.erf(x) / x - 1


def erfcExponent(t):
    """-log(erfc(t)) / t - 1, so that erf(t) = 1 - exp(-(t + t q(t)))"""
    return -mp.log(mp.erfc(t)) / t - 1


def erfcExponentScale(t):
    # The relative error of 1 - exp(-u) for an absolute error t of u.
    return t * mp.erfc(t) / mp.erf(t)


quarter = mp.pi / 4 + mpf("0.01")
one = mpf(1)
FITS = {
    # name: (f, scale, low, high, degree, rounding, fixed)
    "exp32": (expTail, lambda r: mp.exp(-r), -half, half, 6, toF32, [one, one]),
    "exp64": (expTail, lambda r: mp.exp(-r), -half, half, 12, toF64, [one, one]),
    "log32": (logTail, lambda f: f**3 / mp.log1p(f) if f != 0 else mpf(0), mpf(2) ** -0.5 - 1, mpf(2) ** 0.5 - 1, 7, toF32, []),
    "log64": (atanhTail, lambda z: z if z > 0 else mpf(0), mpf(0), ((mp.sqrt(2) - 1) / (mp.sqrt(2) + 1)) ** 2, 7, toF64, []),
    "tanh32": (oddTail(mp.tanh), lambda z: z**1.5 / mp.tanh(mp.sqrt(z)) if z > 0 else mpf(0), mpf(0), mpf("0.8281"), 7, toF32, []),
    "tanh64": (oddTail(mp.tanh), lambda z: z**1.5 / mp.tanh(mp.sqrt(z)) if z > 0 else mpf(0), mpf(0), mpf("0.3969"), 10, toF64, []),
    "sin32": (oddTail(mp.sin), lambda z: z**1.5 / mp.sin(mp.sqrt(z)) if z > 0 else mpf(0), mpf(0), quarter**2, 2, toF32, []),
    "cos32": (cosTail, lambda z: z * z / mp.cos(mp.sqrt(z)), mpf(0), quarter**2, 2, toF32, []),
    "sin64": (oddTail(mp.sin), lambda z: z**1.5 / mp.sin(mp.sqrt(z)) if z > 0 else mpf(0), mpf(0), quarter**2, 6, toF64, []),
    "cos64": (cosTail, lambda z: z * z / mp.cos(mp.sqrt(z)), mpf(0), quarter**2, 6, toF64, []),
    "erfSmall32": (erfSmall, lambda z: mp.sqrt(z) / mp.erf(mp.sqrt(z)) if z > 0 else mpf(0), mpf(0), mpf("0.94") ** 2, 6, toF32, []),
    "erfLarge32": (erfcExponent, erfcExponentScale, mpf("0.92"), mpf("3.93"), 6, toF32, []),
    "erfSmall64": (erfSmall, lambda z: mp.sqrt(z) / mp.erf(mp.sqrt(z)) if z > 0 else mpf(0), mpf(0), one, 12, toF64, []),
    "erfLarge64": (erfcExponent, erfcExponentScale, mpf("0.99"), mpf("5.95"), 21, toF64, []),
    "pow64": (atanhTail, lambda z: z if z > 0 else mpf(0), mpf(0), ((mp.sqrt(2) - 1) / (mp.sqrt(2) + 1)) ** 2, 9, toF64, [mpf(2) / 3]),
    # pow for f32: log2 and exp2 in double.
    "exp2pow32": (lambda r: mpf(2) ** r, lambda r: mpf(2) ** -r, -mpf("0.5001"), mpf("0.5001"), 7, toF64, []),
    "log2pow32": (lambda z: (mp.atanh(mp.sqrt(max(z, mpf("1e-20")))) / mp.sqrt(max(z, mpf("1e-20")))) * 2 / mp.log(2), lambda z: one, mpf(0), ((mp.sqrt(2) - 1) / (mp.sqrt(2) + 1)) ** 2, 6, toF64, []),
}


def main():
    for name in sys.argv[1:] or FITS:
        f, scale, low, high, degree, rounding, fixed = FITS[name]
        coefficients, error = fitRounded(f, scale, low, high, degree, rounding, fixed)
        digits = 9 if rounding is toF32 else 17
        text = ", ".join(mp.nstr(c, digits) for c in coefficients)
        print(f"{name}: {{{text}}} // 2^{float(mp.log(error, 2)):.1f}", flush=True)


if __name__ == "__main__":
    main()
