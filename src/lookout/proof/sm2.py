"""SM2 signatures with SM3 (GB/T 32918, 32905) by the platform's `openssl`; the library for the rest does not know them."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from functools import cache
from pathlib import Path

from asn1crypto import algos, keys
from cryptography.exceptions import InvalidSignature
from pyhanko_certvalidator.sig_validate import (
    DEFAULT_VALIDATION_CONTEXT,
    DefaultSignatureValidator,
    SignatureValidationContext,
)

from lookout.kernel.errors import ConfigError
from lookout.proof.keeping import write_atomically

SM2_WITH_SM3 = "1.2.156.10197.1.501"
SM3 = "1.2.156.10197.1.401"
SM2_CURVE = "1.2.156.10197.1.301"
NAME = "SM2-SM3"
_HOLDER = "distid:1234567812345678"  # GB/T 35276, 10: the identity signed along when none is agreed
_SECONDS = 20


@cache
def why_unavailable() -> str:
    """Return why this machine can neither make nor check SM2 signatures, '' when it can; tried out once."""
    if not shutil.which("openssl"):
        return "找不到 openssl 命令；请安装 OpenSSL 1.1.1 或更新版本"
    with tempfile.TemporaryDirectory() as folder:
        try:
            key = new_key(Path(folder) / "sm2.key")
            signature = key.sign(b"lookout")
            works = is_sm2_signature(signature, b"lookout", key.public_key)
        except ConfigError as error:
            return str(error)
    return "" if works else "openssl 自己签的 SM2 签名没有通过核验；请更换 OpenSSL"


class Sm2Key:
    """A private SM2 key in a PEM file; the file is read by `openssl` alone."""

    name = NAME
    digest_name = "sm3"

    def __init__(self, file: Path) -> None:
        self._file = file

    @property
    def public_key(self) -> bytes:
        """The public key as SubjectPublicKeyInfo, DER."""
        return _openssl("pkey", "-in", str(self._file), "-pubout", "-outform", "DER")

    def sign(self, data: bytes) -> bytes:
        """Return the DER signature of data. Raises ConfigError when `openssl` cannot."""
        return _openssl("dgst", "-sm3", "-sign", str(self._file), "-sigopt", _HOLDER, data=data)


def new_key(file: Path) -> Sm2Key:
    """Make a key in a file of its owner's alone. Raises ConfigError when `openssl` cannot."""
    made = _openssl(
        "genpkey",
        "-algorithm",
        "EC",
        "-pkeyopt",
        "ec_paramgen_curve:SM2",
        "-pkeyopt",
        "ec_param_enc:named_curve",
    )
    write_atomically(file, made, secret=True)
    return Sm2Key(file)


def is_sm2_signature(signature: bytes, data: bytes, public_key: bytes) -> bool:
    """Tell whether a signature over data is the key's (SubjectPublicKeyInfo, DER).

    Raises ConfigError where this machine has no SM2.
    """
    with tempfile.TemporaryDirectory() as folder:
        key_file, signature_file = Path(folder) / "key.der", Path(folder) / "signature"
        key_file.write_bytes(public_key)
        signature_file.write_bytes(signature)
        done = _run(
            "dgst", "-sm3", "-verify", str(key_file), "-keyform", "DER",
            "-signature", str(signature_file), "-sigopt", _HOLDER,
            data=data,
        )  # fmt: skip
    if done.returncode == 0:
        return True
    if b"Verification failure" in done.stdout + done.stderr:
        return False
    raise ConfigError(
        f"这台机器的 openssl 不能核验 SM2 签名（{_said(done)}）；请安装 OpenSSL 1.1.1 或更新版本"
    )


class ChineseSignatures(DefaultSignatureValidator):
    """Checks the signatures of certificates and messages, SM2 with SM3 among them."""

    def validate_signature(
        self,
        signature: bytes,
        signed_data: bytes,
        public_key_info: keys.PublicKeyInfo,
        signature_algorithm: algos.SignedDigestAlgorithm,
        context: SignatureValidationContext = DEFAULT_VALIDATION_CONTEXT,
    ) -> None:
        """Raise InvalidSignature when a signature is not the key's."""
        if signature_algorithm["algorithm"].dotted != SM2_WITH_SM3:
            super().validate_signature(signature, signed_data, public_key_info, signature_algorithm, context)
        elif not is_sm2_signature(signature, signed_data, public_key_info.dump()):
            raise InvalidSignature


def _openssl(*arguments: str, data: bytes = b"") -> bytes:
    done = _run(*arguments, data=data)
    if done.returncode:
        raise ConfigError(
            f"openssl {arguments[0]} 没有完成（{_said(done)}）；请核对密钥文件和 OpenSSL 的版本"
        )
    return done.stdout


def _run(*arguments: str, data: bytes) -> subprocess.CompletedProcess[bytes]:
    program = shutil.which("openssl")
    if not program:
        raise ConfigError("找不到 openssl 命令，不能使用国密签名；请安装 OpenSSL 1.1.1 或更新版本")
    try:
        return subprocess.run(  # noqa: S603  # a fixed program with arguments of ours; data goes by its input
            [program, *arguments], input=data, capture_output=True, timeout=_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ConfigError(f"openssl 没有运行完（{error}）；请检查这台机器") from error


def _said(done: subprocess.CompletedProcess[bytes]) -> str:
    lines = done.stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else f"退出码 {done.returncode}"
