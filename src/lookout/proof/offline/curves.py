"""Signatures on curves in whole numbers: ECDSA, SM2 (GB/T 32918) and Ed25519 (RFC 8032). Verification only."""

from __future__ import annotations

import hashlib
from typing import NamedTuple, Tuple

from lookout.proof.offline.numbers import sm3_of

Point = Tuple[int, int]
Jacobian = Tuple[int, int, int]


class Curve(NamedTuple):
    """y² = x³ + ax + b over the integers modulo p; n is the order of the point (x, y)."""

    name: str
    p: int
    a: int
    b: int
    n: int
    x: int
    y: int


def _number(text: str) -> int:
    return int(text.replace(" ", ""), 16)


P256 = Curve(
    "P-256",
    _number("ffffffff00000001000000000000000000000000ffffffffffffffffffffffff"),
    -3,
    _number("5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604b"),
    _number("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551"),
    _number("6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296"),
    _number("4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5"),
)
P384 = Curve(
    "P-384",
    _number(
        "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff"
    ),
    -3,
    _number(
        "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef"
    ),
    _number(
        "ffffffffffffffffffffffffffffffffffffffffffffffffc7634d81f4372ddf581a0db248b0a77aecec196accc52973"
    ),
    _number(
        "aa87ca22be8b05378eb1c71ef320ad746e1d3b628ba79b9859f741e082542a385502f25dbf55296c3a545e3872760ab7"
    ),
    _number(
        "3617de4a96262c6f5d9e98bf9292dc29f8f41dbd289a147ce9da3113b5f0b8c00a60b1ce1d7e819d7a431d7c90ea0e5f"
    ),
)
SM2 = Curve(
    "SM2",
    _number("fffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff"),
    -3,
    _number("28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93"),
    _number("fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54123"),
    _number("32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7"),
    _number("bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0"),
)
SM2_HOLDER = b"1234567812345678"  # GB/T 35276: the identity that is signed along when none is agreed


def point_of(curve: Curve, encoded: bytes) -> Point | None:
    """Read an uncompressed point; None when it is not one of the curve."""
    size = (curve.p.bit_length() + 7) // 8
    if len(encoded) != 1 + 2 * size or encoded[0] != 4:
        return None
    x, y = int.from_bytes(encoded[1 : 1 + size], "big"), int.from_bytes(encoded[1 + size :], "big")
    if x >= curve.p or y >= curve.p or (y * y - (x * x * x + curve.a * x + curve.b)) % curve.p:
        return None
    return x, y


def _double(curve: Curve, point: Jacobian) -> Jacobian:
    x, y, z = point
    p = curve.p
    if not y or not z:
        return 0, 1, 0
    square = y * y % p
    s = 4 * x * square % p
    m = (3 * x * x + curve.a * pow(z, 4, p)) % p
    new_x = (m * m - 2 * s) % p
    return new_x, (m * (s - new_x) - 8 * square * square) % p, 2 * y * z % p


def _add_points(curve: Curve, one: Jacobian, two: Jacobian) -> Jacobian:
    if not one[2]:
        return two
    if not two[2]:
        return one
    p = curve.p
    (x1, y1, z1), (x2, y2, z2) = one, two
    square1, square2 = z1 * z1 % p, z2 * z2 % p
    u1, u2 = x1 * square2 % p, x2 * square1 % p
    s1, s2 = y1 * square2 * z2 % p, y2 * square1 * z1 % p
    if u1 == u2:
        return _double(curve, one) if s1 == s2 else (0, 1, 0)
    h, r = u2 - u1, s2 - s1
    h2 = h * h % p
    h3, v = h2 * h % p, u1 * h2 % p
    x3 = (r * r - h3 - 2 * v) % p
    return x3, (r * (v - x3) - s1 * h3) % p, h * z1 * z2 % p


def _sum_of_multiples(curve: Curve, first: int, second: int, point: Point) -> int | None:
    """Return the x of first·G + second·point; None at infinity."""
    base: Jacobian = (curve.x, curve.y, 1)
    other: Jacobian = (point[0], point[1], 1)
    both = _add_points(curve, base, other)
    total: Jacobian = (0, 1, 0)
    for bit in range(max(first.bit_length(), second.bit_length()) - 1, -1, -1):
        total = _double(curve, total)
        choice = (first >> bit & 1) + 2 * (second >> bit & 1)
        if choice:
            total = _add_points(curve, total, (base, other, both)[choice - 1])
    if not total[2]:
        return None
    inverse = pow(total[2], curve.p - 2, curve.p)
    return total[0] * inverse * inverse % curve.p


def verify_ecdsa(curve: Curve, point: Point, digest: bytes, r: int, s: int) -> bool:
    """Verify an ECDSA signature over a digest (FIPS 186-5 §6.4.2)."""
    n = curve.n
    if not (0 < r < n and 0 < s < n):
        return False
    e = int.from_bytes(digest, "big") >> max(0, len(digest) * 8 - n.bit_length())
    w = pow(s, n - 2, n)
    x = _sum_of_multiples(curve, e * w % n, r * w % n, point)
    return x is not None and x % n == r


def verify_sm2(point: Point, message: bytes, r: int, s: int) -> bool:
    """Verify an SM2 signature with SM3 over a message, for the identity used by default."""
    n = SM2.n
    t = (r + s) % n
    if not (0 < r < n and 0 < s < n and t):
        return False
    numbers = (SM2.a % SM2.p, SM2.b, SM2.x, SM2.y, point[0], point[1])
    holder = (len(SM2_HOLDER) * 8).to_bytes(2, "big") + SM2_HOLDER
    identity = sm3_of(holder + b"".join(number.to_bytes(32, "big") for number in numbers))
    e = int.from_bytes(sm3_of(identity + message), "big")
    x = _sum_of_multiples(SM2, s, t, point)
    return x is not None and (e + x) % n == r


ED_P = 2**255 - 19
ED_N = 2**252 + 27742317777372353535851937790883648493
ED_D = -121665 * pow(121666, ED_P - 2, ED_P) % ED_P
Extended = Tuple[int, int, int, int]


def _ed_add(one: Extended, two: Extended) -> Extended:
    a = (one[1] - one[0]) * (two[1] - two[0]) % ED_P
    b = (one[1] + one[0]) * (two[1] + two[0]) % ED_P
    c = 2 * one[3] * two[3] * ED_D % ED_P
    d = 2 * one[2] * two[2] % ED_P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % ED_P, g * h % ED_P, f * g % ED_P, e * h % ED_P


def _ed_times(factor: int, point: Extended) -> Extended:
    total: Extended = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            total = _ed_add(total, point)
        point = _ed_add(point, point)
        factor >>= 1
    return total


def _ed_point(encoded: bytes) -> Extended | None:
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= ED_P:
        return None
    square = (y * y - 1) * pow(ED_D * y * y + 1, ED_P - 2, ED_P) % ED_P
    x = pow(square, (ED_P + 3) // 8, ED_P)
    if (x * x - square) % ED_P:
        x = x * pow(2, (ED_P - 1) // 4, ED_P) % ED_P
    if (x * x - square) % ED_P or (not x and sign):
        return None
    if x & 1 != sign:
        x = ED_P - x
    return x, y, 1, x * y % ED_P


def verify_ed25519(key: bytes, message: bytes, signature: bytes) -> bool:
    """Verify an Ed25519 signature over a message (RFC 8032 §5.1.7)."""
    if len(key) != 32 or len(signature) != 64:
        return False
    public, commitment = _ed_point(key), _ed_point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    base = _ed_point((4 * pow(5, ED_P - 2, ED_P) % ED_P).to_bytes(32, "little"))
    if public is None or commitment is None or base is None or s >= ED_N:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ED_N
    left, right = _ed_times(s, base), _ed_add(commitment, _ed_times(h, public))
    same_x = (left[0] * right[2] - right[0] * left[2]) % ED_P == 0
    return same_x and (left[1] * right[2] - right[1] * left[2]) % ED_P == 0
