"""Codes of invented companies and persons: right check digits, no meaning, never two alike."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from lookout.demo.cells import Ints, digits, fixed, hashed
from lookout.kernel.identifiers import USCC_ALPHABET

_ALPHABET = np.frombuffer(USCC_ALPHABET.encode(), np.uint8)
_USCC_WEIGHTS = np.array([pow(3, place, 31) for place in range(17)])
_ORGANIZATION_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2])
_PERSON_WEIGHTS = np.array([7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2])
_PERSON_CHECK = np.frombuffer(b"10X98765432", np.uint8)
# In 组织机构代码 a letter counts by its place in the full Latin alphabet, A = 10.
_LATIN_VALUE = np.array([int(character, 36) for character in USCC_ALPHABET])
# No division was ever numbered 440098: such an identity number belongs to nobody.
_NOBODY = np.array([4, 4, 0, 0, 9, 8])
_FIRST_BIRTH = np.datetime64("1948-01-01")
_BIRTH_DAYS = 20_000  # up to 2002: nobody under 23 in the province
_PLACES = 31**6


class Scramble:
    """A fixed rearrangement of 0..size−1, so that a number does not tell its place in the sequence."""

    def __init__(self, size: int, seed: int) -> None:
        self.size = size
        factor = int(hashed(np.array([seed]), np.array([size]))[0]) % size | 1
        while np.gcd(factor, size) != 1:
            factor += 2
        self._factor, self._shift = factor, int(hashed(np.array([seed + 1]), np.array([size]))[0]) % size

    def __call__(self, numbers: Ints) -> Ints:
        """Return the scrambled numbers; different numbers below `size` stay different."""
        # Python integers are not needed: factor < 2^30 and numbers < 2^30 keep the product in int64.
        return (numbers % self.size * (self._factor % self.size) + self._shift) % self.size


def organization_codes(numbers: Ints, seed: int) -> npt.NDArray[np.int64]:
    """Return 组织机构代码 of the form MAxxxxxx and check digit, as USCC alphabet values."""
    scrambled = Scramble(_PLACES, seed)(numbers)
    places = 31 ** np.arange(5, -1, -1, dtype=np.int64)
    body = np.empty((len(numbers), 9), np.int64)
    body[:, 0], body[:, 1] = USCC_ALPHABET.index("M"), USCC_ALPHABET.index("A")
    body[:, 2:8] = (scrambled[:, None] // places) % 31
    check = 11 - (_LATIN_VALUE[body[:, :8]] * _ORGANIZATION_WEIGHTS).sum(axis=1) % 11
    body[:, 8] = np.where(check == 10, USCC_ALPHABET.index("X"), np.where(check == 11, 0, check))
    return body


def usccs(numbers: Ints, heads: Ints, regions: Ints, seed: int) -> pa.Array:
    """Return 统一社会信用代码; `heads` are the first two characters as a number such as 91."""
    values = np.empty((len(numbers), 18), np.int64)
    values[:, :2] = digits(heads, 2)
    values[:, 2:8] = digits(regions, 6)
    values[:, 8:17] = organization_codes(numbers, seed)
    values[:, 17] = (31 - (values[:, :17] * _USCC_WEIGHTS).sum(axis=1) % 31) % 31
    return fixed(_ALPHABET[values])


def registration_nos(numbers: Ints, regions: Ints, seed: int) -> pa.Array:
    """Return 15-digit 工商注册号 with their check digit."""
    values = np.hstack([digits(regions, 6), digits(Scramble(10**8, seed)(numbers), 8)]).astype(np.int64)
    product = np.full(len(numbers), 10)
    for place in range(14):
        total = (product + values[:, place]) % 10
        product = np.where(total == 0, 10, total) * 2 % 11
    check = (11 - product) % 10
    return fixed((np.column_stack([values, check]) + ord("0")).astype(np.uint8))


class Persons:
    """The people of the province by number: birth day, identity number, telephone."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._scramble = Scramble(_BIRTH_DAYS * 1000, seed)

    def birth_years(self, persons: Ints) -> Ints:
        """Return years of birth."""
        return self._births(persons).astype("datetime64[Y]").astype(np.int64) + 1970

    def _births(self, persons: Ints) -> npt.NDArray[np.datetime64]:
        return _FIRST_BIRTH + (self._scramble(persons) // 1000).astype("timedelta64[D]")

    def ids(self, persons: Ints) -> pa.Array:
        """Return 18-character identity numbers with a right check digit."""
        births = self._births(persons)
        months = births.astype("datetime64[M]")
        year = births.astype("datetime64[Y]").astype(np.int64) + 1970
        month = months.astype(np.int64) % 12 + 1
        day = (births - months.astype("datetime64[D]")).astype(np.int64) + 1
        number = (year * 10_000 + month * 100 + day) * 1000 + self._scramble(persons) % 1000
        values = np.hstack([np.tile(_NOBODY, (len(persons), 1)), digits(number, 11)])
        check = _PERSON_CHECK[(values * _PERSON_WEIGHTS).sum(axis=1) % 11]
        return fixed(np.column_stack([(values + ord("0")).astype(np.uint8), check]))

    def phones(self, persons: Ints) -> pa.Array:
        """Return mobile numbers in the range 142, which is given to nobody."""
        tail = hashed(persons, np.full(len(persons), self._seed)) % 10**8
        return fixed(
            (np.hstack([np.tile([1, 4, 2], (len(persons), 1)), digits(tail, 8)]) + ord("0")).astype(np.uint8)
        )


def accounts(owners: Ints, numbers: Ints) -> pa.Array:
    """Return 19-digit account numbers of the unissued head 6299, the same for the same owner and number."""
    tail = hashed(owners, numbers) % 10**15
    head = np.tile([6, 2, 9, 9], (len(owners), 1))
    return fixed((np.hstack([head, digits(tail, 15)]) + ord("0")).astype(np.uint8))
