"""Personal values: keyed tokens that join, and ciphertext that only the vault's keys open.

The key of a batch's vault is derived from the installation's personal key and a salt of the batch
kept outside it, in `vault_keys/`: destroying the salt destroys the values for good.
"""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path

import pyarrow.parquet as pq
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from lookout.kernel.errors import ConfigError, DataError

_SHORTEST_KEY = 16
_NONCE_BYTES = 12
_HMAC_BLOCK = 64
SALT_BYTES = 32


def _derive(personal_key: bytes, salt: bytes | None, purpose: bytes) -> bytes:
    if len(personal_key) < _SHORTEST_KEY:
        what = f"个人信息密钥只有 {len(personal_key)} 字节，至少要 {_SHORTEST_KEY} 字节；请生成 32 字节的随机密钥"
        raise ConfigError(what)
    return HKDF(SHA256(), 32, salt, purpose).derive(personal_key)


class Tokens:
    """Makes the token of a normalised personal value: the same value has the same token everywhere."""

    def __init__(self, personal_key: bytes) -> None:
        self._key = _derive(personal_key, None, b"lookout personal token")
        # HMAC (RFC 2104) from two prepared states: half the time of hmac.digest, which starts anew.
        block = self._key.ljust(_HMAC_BLOCK, b"\0")
        self._inner = hashlib.sha256(bytes(octet ^ 0x36 for octet in block))
        self._outer = hashlib.sha256(bytes(octet ^ 0x5C for octet in block))

    def token(self, value: str) -> str:
        """Return 16 hexadecimal digits; '' for no value."""
        return self.tokens([value])[0]

    def tokens(self, values: list[str]) -> list[str]:
        """Return the token of every value, in order."""
        start_inner, start_outer = self._inner.copy, self._outer.copy
        found = []
        for value in values:
            inner, outer = start_inner(), start_outer()
            inner.update(value.encode())
            outer.update(inner.digest())
            found.append(outer.hexdigest()[:16] if value else "")
        return found

    def token_of_content(self, content: str) -> str:
        """Return a keyed digest: without the key nobody can try out what a file may have said."""
        return hmac.digest(self._key, b"content:" + content.encode(), hashlib.sha256).hex()


class BatchVault:
    """Seals and opens the values of one batch (AES-256-GCM, the column bound to the ciphertext)."""

    def __init__(self, personal_key: bytes, salt: bytes, *, first: int = 0) -> None:
        self._cipher = AESGCM(_derive(personal_key, salt, b"lookout batch vault"))
        self._sealed = first  # whoever seals with one salt in several goes begins each at a place of its own

    def seal(self, column: str, values: list[str]) -> list[bytes]:
        """Return nonce and ciphertext of each. The salt makes the key unique, so a counter is a safe nonce."""
        encrypt, bound = self._cipher.encrypt, column.encode()
        first, self._sealed = self._sealed, self._sealed + len(values)
        return [
            (nonce := number.to_bytes(_NONCE_BYTES, "big")) + encrypt(nonce, value.encode(), bound)
            for number, value in enumerate(values, first)
        ]

    def open(self, column: str, sealed: bytes) -> str:
        """Return the value. Raises DataError when it was changed or the key is another."""
        try:
            nonce, body = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
            return self._cipher.decrypt(nonce, body, column.encode()).decode()
        except InvalidTag:
            raise DataError(f"保险库中列“{column}”的密文无法解开；密钥不符或密文被改动") from None


def salt_file(home: Path, batch_no: int) -> Path:
    """Return where the salt of a batch's vault lies."""
    return home / "vault_keys" / f"{batch_no:06d}.salt"


def reveal(home: Path, batch_no: int, line: int, column: str, *, personal_key: bytes) -> str | None:
    """Return a personal value in its normal form, None when the row has none there.

    Column '' is a whole row that could not be cut. The caller records who asked and why. Raises
    DataError when the batch's key has been destroyed or does not fit.
    """
    where = [("line", "=", line), ("column", "=", column)]
    rows = pq.read_table(home / "batches" / f"{batch_no:06d}" / "vault.parquet", filters=where)
    if not rows.num_rows:
        return None
    salt = salt_file(home, batch_no)
    if not salt.exists():
        raise DataError(f"第 {batch_no} 批的个人信息密钥已按保存期限销毁，无法还原")
    return BatchVault(personal_key, salt.read_bytes()).open(column, rows["ciphertext"][0].as_py())
