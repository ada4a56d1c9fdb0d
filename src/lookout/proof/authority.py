"""The built-in test authority: a root, a signer and a time-stamp authority, made once and clearly marked.

It lets an installation work where no licensed authority is at hand; what it signs has no legal effect.
Layout of its folder: `{root,signing,tsa}.{key,pem}`, `issued/<serial>.pem`, `crl.der`, `state.json`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509

from lookout.kernel.errors import ConfigError, DataError
from lookout.proof.certificates import (
    TEST_WORDS,
    Identity,
    KeyKind,
    PrivateKey,
    Purpose,
    certificate_pem,
    certify,
    key_pem,
    new_key,
    read_identity,
    revocation_list,
    with_public_key,
)
from lookout.proof.keeping import only_one, write_atomically

NAMES = {
    Purpose.ROOT: f"瞭望测试根证书（{TEST_WORDS}）",
    Purpose.SIGNING: f"瞭望测试签章（{TEST_WORDS}）",
    Purpose.STAMPING: f"瞭望测试时间戳（{TEST_WORDS}）",
}
LIVES = {
    Purpose.ROOT: timedelta(days=20 * 365),
    Purpose.SIGNING: timedelta(days=5 * 365),
    Purpose.STAMPING: timedelta(days=10 * 365),
}
_RENEWED_BEFORE = timedelta(days=30)
_LIST_LIVES = timedelta(days=30)
_LIST_RENEWED_AFTER = timedelta(days=1)
_STATE, _LIST, _LOCK, _ISSUED = "state.json", "crl.der", "authority.lock", "issued"


@dataclass
class _State:
    """What the authority remembers beside its keys; serial numbers are decimal texts in the file."""

    list_number: int = 0
    list_made_at: datetime | None = None
    revoked: dict[int, tuple[datetime, x509.ReasonFlags]] = field(default_factory=dict)

    def as_json(self) -> bytes:
        revoked = {str(serial): [when.isoformat(), why.value] for serial, (when, why) in self.revoked.items()}
        made = self.list_made_at.isoformat() if self.list_made_at else None
        return json.dumps(
            {"list_number": self.list_number, "list_made_at": made, "revoked": revoked}
        ).encode()

    @classmethod
    def read(cls, file: Path) -> _State:
        if not file.exists():
            return cls()
        try:
            raw = json.loads(file.read_text("utf-8"))
            return cls(
                int(raw["list_number"]),
                datetime.fromisoformat(raw["list_made_at"]) if raw["list_made_at"] else None,
                {
                    int(serial): (datetime.fromisoformat(when), x509.ReasonFlags(why))
                    for serial, (when, why) in raw["revoked"].items()
                },
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise ConfigError(f"{file}：测试证书机构的记录损坏（{error}）；请从备份恢复这个文件") from error


class Authority:
    """A test certificate authority in a folder; open it with `open_authority`."""

    def __init__(self, folder: Path, root: Identity, signing: Identity, tsa: Identity) -> None:
        self.folder = folder
        self.signing = signing
        self.tsa = tsa
        self._root = root

    @property
    def root(self) -> x509.Certificate:
        """The certificate everything here leads to."""
        return self._root.certificate

    @property
    def crl(self) -> bytes:
        """The newest revocation list, DER."""
        return (self.folder / _LIST).read_bytes()

    def issue(
        self, name: str, purpose: Purpose, *, at: datetime, life: timedelta | None = None, key: KeyKind = "ec"
    ) -> Identity:
        """Make a key and a certificate for somebody; the certificate is kept here, the key is handed over only."""
        return _issue(self.folder, self._root, purpose, name, new_key(key), at, life or LIVES[purpose])

    def issue_for_key(
        self, name: str, purpose: Purpose, public_key: bytes, *, at: datetime, life: timedelta | None = None
    ) -> x509.Certificate:
        """Make a certificate for a key (SubjectPublicKeyInfo, DER) of any kind that others hold."""
        return _issue(
            self.folder, self._root, purpose, name, new_key("ec"), at, life or LIVES[purpose], public_key
        ).certificate

    def certificates(self) -> list[x509.Certificate]:
        """Return every certificate ever issued here, the oldest first."""
        files = sorted((self.folder / _ISSUED).glob("*.pem"))
        found = [x509.load_pem_x509_certificate(file.read_bytes()) for file in files]
        return sorted(found, key=lambda one: (one.not_valid_before_utc, one.serial_number))

    def revoked(self) -> Mapping[int, tuple[datetime, x509.ReasonFlags]]:
        """Return serial → when and why of what was revoked."""
        return _State.read(self.folder / _STATE).revoked

    def revoke(
        self, serial: int, *, at: datetime, reason: x509.ReasonFlags = x509.ReasonFlags.unspecified
    ) -> bytes:
        """Revoke a certificate and return the new list; the first revocation of one stands.

        Raises DataError for a number that was not issued here.
        """
        if not (self.folder / _ISSUED / f"{serial:040x}.pem").exists():
            raise DataError(f"证书 {serial:x} 不是这个测试机构签发的；请核对序列号")
        with only_one(self.folder / _LOCK):
            state = _State.read(self.folder / _STATE)
            state.revoked.setdefault(serial, (at.astimezone(UTC), reason))
            return self._publish(state, at)

    def refresh(self, at: datetime) -> bytes:
        """Return a revocation list that is not older than a day, making a new one when it is."""
        with only_one(self.folder / _LOCK):
            state = _State.read(self.folder / _STATE)
            made = state.list_made_at
            if made and at - made < _LIST_RENEWED_AFTER and (self.folder / _LIST).exists():
                return self.crl
            return self._publish(state, at)

    def _publish(self, state: _State, at: datetime) -> bytes:
        # A list is never dated before the one it replaces, whatever the clock says.
        at = max(at.astimezone(UTC), state.list_made_at or at.astimezone(UTC))
        state.list_number += 1
        state.list_made_at = at
        made = revocation_list(
            self._root, state.revoked, number=state.list_number, at=at, until=at + _LIST_LIVES
        )
        write_atomically(self.folder / _STATE, state.as_json(), secret=True)
        write_atomically(self.folder / _LIST, made)
        return made


def open_authority(folder: Path, *, now: datetime, key: KeyKind = "ec") -> Authority:
    """Open the test authority of a folder, making it on first use, and renew what is about to expire.

    `key` is the kind of new keys: P-256 unless told. Raises ConfigError when its files are damaged or its root has expired.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / _ISSUED).mkdir(exist_ok=True)
    with only_one(folder / _LOCK):
        root = _standing(folder, Purpose.ROOT, None, now, key)
        if root.certificate.not_valid_after_utc <= now:
            raise ConfigError(
                f"测试根证书已于 {root.certificate.not_valid_after_utc:%Y-%m-%d} 到期（{folder}）；"
                "请保留这个文件夹供核验旧材料，另设正式的证书与时间戳机构"
            )
        signing = _standing(folder, Purpose.SIGNING, root, now, key)
        tsa = _standing(folder, Purpose.STAMPING, root, now, key)
    authority = Authority(folder, root, signing, tsa)
    authority.refresh(now)
    return authority


def renew(folder: Path, purpose: Purpose, *, now: datetime, has_leaked: bool = False) -> Authority:
    """Replace the signer or the time-stamp authority by a new one and revoke the old from this instant.

    For a clock that ran ahead, or a key that others may have: then what the old one stamped is not believed any more.
    """
    authority = open_authority(folder, now=now)
    old = authority.signing if purpose is Purpose.SIGNING else authority.tsa
    reason = x509.ReasonFlags.key_compromise if has_leaked else x509.ReasonFlags.superseded
    authority.revoke(old.certificate.serial_number, at=now, reason=reason)
    with only_one(folder / _LOCK):
        root = read_identity(folder / f"{Purpose.ROOT}.key", folder / f"{Purpose.ROOT}.pem", ())
        _make(folder, purpose, root, now, "ec")
    return open_authority(folder, now=now)


def _standing(
    folder: Path, purpose: Purpose, root: Identity | None, now: datetime, kind: KeyKind
) -> Identity:
    """Return the identity that serves a purpose now, made or renewed when there is none."""
    key_file, file = folder / f"{purpose}.key", folder / f"{purpose}.pem"
    chain = (root.certificate,) if root else ()
    # The certificate is written last: a key without one was being made when the process died.
    if file.exists():
        identity = read_identity(key_file, file, chain)
        end = identity.certificate.not_valid_after_utc
        if root is None or now < end - _RENEWED_BEFORE or end >= root.certificate.not_valid_after_utc:
            return identity
    return _make(folder, purpose, root, now, kind)


def _make(folder: Path, purpose: Purpose, root: Identity | None, now: datetime, kind: KeyKind) -> Identity:
    made = _issue(folder, root, purpose, NAMES[purpose], new_key(kind), now, LIVES[purpose])
    (folder / f"{purpose}.pem").unlink(missing_ok=True)
    write_atomically(folder / f"{purpose}.key", key_pem(made.key), secret=True)
    write_atomically(folder / f"{purpose}.pem", certificate_pem(made.certificate))
    return made


def _issue(
    folder: Path,
    root: Identity | None,
    purpose: Purpose,
    name: str,
    key: PrivateKey,
    at: datetime,
    life: timedelta,
    public_key: bytes = b"",
) -> Identity:
    """Certify a key and keep the certificate for good: a revocation list names it by number only.

    `public_key` is certified in place of the key's own.
    """
    serial = x509.random_serial_number()
    until = at + life
    made = certify(purpose, name, key, issuer=root, serial=serial, at=at, until=until)
    if public_key and root:
        made = with_public_key(made, public_key, root)
    write_atomically(folder / _ISSUED / f"{serial:040x}.pem", certificate_pem(made))
    return Identity(key, made, (root.certificate,) if root else ())
