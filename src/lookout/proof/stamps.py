"""Who stamps with the time (RFC 3161): the built-in test authority, or an outside one over HTTP."""

from __future__ import annotations

import http.client
import json
import secrets
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from asn1crypto import tsp
from cryptography import x509

from lookout.kernel.errors import ConfigError, DataError, TransientError
from lookout.proof.authority import Authority, open_authority
from lookout.proof.certificates import TEST_POLICY
from lookout.proof.cms import SoftKey, is_absent, sign_message
from lookout.proof.keeping import only_one, write_atomically
from lookout.proof.sm2 import SM3
from lookout.proof.tokens import Answer, StampFindings, check_stamp, check_stamp_over, stamped_at
from lookout.proof.trust import Roots, local, to_asn1

__all__ = [
    "BuiltInAuthority",
    "ClockSetBackError",
    "OutsideAuthority",
    "StampFindings",
    "TimeStampAuthority",
    "check_stamp",
    "check_stamp_over",
    "last_stamped_at",
    "stamped_at",
]

DIGEST_BYTES = 32
_STATE, _LOCK = "stamps.json", "stamps.lock"
_SMALL_STEP = timedelta(seconds=2)  # a clock that is being disciplined may step back this far
_LARGEST_ANSWER = 1 << 20  # bytes; a token with its chain has a few thousand
_TRY_AGAIN = {"time_not_available", "system_failure"}


class ClockSetBackError(ConfigError):
    """The clock stands before a time that was stamped already; what it says now cannot be sealed."""


class TimeStampAuthority(Protocol):
    """Who says that a digest existed at an instant."""

    @property
    def roots(self) -> Roots:
        """Whom one has to trust to believe the tokens."""

    @property
    def is_test(self) -> bool:
        """Whether its tokens have no legal effect."""

    def stamp(self, sha256: bytes) -> bytes:
        """Return a token (DER) over a SHA-256 digest. Raises DataError, TransientError or ConfigError."""


class BuiltInAuthority:
    """The test time-stamp authority of a folder; `clock` tells the time, which it never lets run backwards."""

    is_test = True

    def __init__(
        self, folder: Path, clock: Callable[[], datetime], *, authority: Authority | None = None
    ) -> None:
        self._clock = clock
        self._authority = authority or open_authority(folder, now=clock())

    @property
    def authority(self) -> Authority:
        """The certificate authority behind it."""
        return self._authority

    @property
    def roots(self) -> Roots:
        """Its root, with a revocation list of today."""
        return Roots((self._authority.root,), crls=(self._authority.refresh(self._clock()),))

    def stamp(self, sha256: bytes) -> bytes:
        """Return a token (DER) over a SHA-256 digest. Raises ClockSetBackError."""
        return self._token(_digest_imprint(sha256), None, with_certificates=True)

    def respond(self, request: bytes) -> bytes:
        """Answer a request of the protocol (DER) with a response (DER); what is wrong with it is said there."""
        try:
            asked = tsp.TimeStampReq.load(request, strict=True)
            imprint, nonce = asked["message_imprint"], asked["nonce"].native
            with_certificates = bool(asked["cert_req"].native)
            algorithm, size = (
                imprint["hash_algorithm"]["algorithm"].native,
                len(imprint["hashed_message"].native),
            )
            policy, version = asked["req_policy"].native, asked["version"].native
        except (ValueError, TypeError, KeyError):
            return _refusal("bad_data_format", "not a time-stamp request")
        expected = {"sha256": 32, "sha384": 48, "sha512": 64, SM3: 32}.get(algorithm)
        if version != "v1" or expected is None:
            return _refusal("bad_alg", "use SHA-256, SHA-384, SHA-512 or SM3")
        if size != expected:
            return _refusal("bad_data_format", "the digest has not the length of its algorithm")
        if policy not in (None, TEST_POLICY):
            return _refusal("unaccepted_policy", f"the only policy here is {TEST_POLICY}")
        try:
            token = self._token(imprint, nonce, with_certificates=with_certificates)
        except ClockSetBackError:
            return _refusal("time_not_available", "the clock was set back")
        response = {"status": {"status": "granted"}, "time_stamp_token": tsp.ContentInfo.load(token)}
        return bytes(Answer(response).dump())

    def _token(self, imprint: Any, nonce: int | None, *, with_certificates: bool) -> bytes:
        tsa = self._authority.tsa
        at, serial = self._next()
        end = tsa.certificate.not_valid_after_utc
        if not tsa.certificate.not_valid_before_utc <= at <= end:
            raise ConfigError(
                f"测试时间戳机构的证书在 {local(at)} 无效（{local(tsa.certificate.not_valid_before_utc)} 至 {local(end)}）；"
                "请校准时钟并重新打开"
            )
        info = {
            "version": "v1",
            "policy": TEST_POLICY,
            "message_imprint": imprint,
            "serial_number": serial,
            "gen_time": at,
            "accuracy": {"seconds": 1},
            "tsa": {"directory_name": to_asn1(tsa.certificate).subject},
        }
        if nonce is not None:
            info["nonce"] = nonce
        return sign_message(
            tsp.TSTInfo(info).dump(),
            SoftKey(tsa.key),
            tsa.certificate,
            tsa.chain,
            content_type="tst_info",
            is_detached=False,
            with_certificates=with_certificates,
        )

    def _next(self) -> tuple[datetime, int]:
        """Return the time and number of the next token: neither ever goes back, in whichever process."""
        file = self._authority.folder / _STATE
        with only_one(self._authority.folder / _LOCK):
            # The clock is read while the lock is held, so that the order of times is the order of tokens.
            now = self._clock().astimezone(UTC)
            last, serial = _read_state(file, self._authority.tsa.certificate)
            if last is not None and now < last - _SMALL_STEP:
                raise ClockSetBackError(
                    f"时钟被拨回：现在是 {local(now)}，而已签发过 {local(last)} 的时间戳；请校准时钟后再试。"
                    "如果是先前的时钟走快了，请运行 lookout authority renew tsa"
                )
            at = max(now, last or now).replace(microsecond=0)
            # Microseconds since 1970, so that numbers stay unique after an older backup was restored.
            serial = max(serial + 1, int(now.timestamp() * 1_000_000))
            state = {
                "last": at.isoformat(),
                "serial": str(serial),
                "tsa": _number_of(self._authority.tsa.certificate),
            }
            write_atomically(file, json.dumps(state).encode(), secret=True)
        return at, serial


def last_stamped_at(folder: Path) -> datetime | None:
    """Return the time of the last token of the test authority in a folder, None without one. Raises ConfigError."""
    file, certificate = folder / _STATE, folder / "tsa.pem"
    if not (file.exists() and certificate.exists()):
        return None
    return _read_state(file, x509.load_pem_x509_certificate(certificate.read_bytes()))[0]


def _number_of(certificate: x509.Certificate) -> str:
    return f"{certificate.serial_number:x}"


def _read_state(file: Path, tsa: x509.Certificate) -> tuple[datetime | None, int]:
    """Return time and number of the last token; a new certificate starts with a clock of its own."""
    if not file.exists():
        return None, 0
    try:
        raw = json.loads(file.read_text("utf-8"))
        last, serial = datetime.fromisoformat(raw["last"]), int(raw["serial"])
        return (last if raw["tsa"] == _number_of(tsa) else None), serial
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ConfigError(f"{file}：时间戳的流水记录损坏（{error}）；请从备份恢复这个文件") from error


def _refusal(failure: str, words: str) -> bytes:
    status = {"status": "rejection", "status_string": [words], "fail_info": {failure}}
    return bytes(Answer({"status": status}).dump())


def _digest_imprint(sha256: bytes) -> Any:
    if len(sha256) != DIGEST_BYTES:
        raise DataError(f"摘要有 {len(sha256)} 字节，SHA-256 应为 {DIGEST_BYTES} 字节")
    return tsp.MessageImprint({"hash_algorithm": {"algorithm": "sha256"}, "hashed_message": sha256})


class OutsideAuthority:
    """A time-stamp authority reached over HTTP; every token is checked before it is handed on.

    `timeout` in seconds holds for the whole exchange. `clock` lets a token from the future be refused.
    """

    is_test = False

    def __init__(
        self, url: str, timeout: float, roots: Roots, *, clock: Callable[[], datetime] | None = None
    ) -> None:
        try:
            parts = urlsplit(url)
            usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
        except ValueError:
            usable = False
        if not usable:
            raise ConfigError(
                f"时间戳机构的地址“{url}”不对；应为 http 或 https 开头的完整地址，例如 http://tsa.internal/tsa"
            )
        self._url, self._parts, self._timeout, self._clock = url, parts, timeout, clock
        self.roots = roots

    def stamp(self, sha256: bytes) -> bytes:
        """Return a token (DER) over a SHA-256 digest.

        Raises TransientError when the authority does not answer in time or is not able to now, DataError when its
        answer is not to be believed, ConfigError when the address is none of an authority.
        """
        nonce = secrets.randbits(64)
        request = {
            "version": "v1",
            "message_imprint": _digest_imprint(sha256),
            "nonce": nonce,
            "cert_req": True,
        }
        token = self._token(self._ask(bytes(tsp.TimeStampReq(request).dump())))
        found = check_stamp(token, sha256, roots=self.roots, at=self._clock() if self._clock else None)
        problems = list(found.problems)
        if found.gen_time is not None and found.nonce != nonce:
            problems.append("时间戳不是对这次请求的回答（随机数不同），可能是旧的回答")
        if problems:
            lines = "\n".join(f"  {problem}" for problem in problems)
            raise DataError(f"时间戳机构 {self._url} 的回答不可信，未采用：\n{lines}")
        return token

    def _token(self, answer: bytes) -> bytes:
        try:
            response = Answer.load(answer, strict=True)
            status = response["status"]["status"].native
            said = "；".join(response["status"]["status_string"].native or [])
            failures = response["status"]["fail_info"].native or set()
            token = response["time_stamp_token"]
            granted = status in ("granted", "granted_with_mods") and not is_absent(token)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise DataError(
                f"时间戳机构 {self._url} 的回答不是 RFC 3161 应答（{error}）；请核对地址"
            ) from error
        if granted:
            return bytes(token.dump())
        why = f"{said or '没有说明'}（{status}{'，' + '、'.join(sorted(failures)) if failures else ''}）"
        if status == "waiting" or failures & _TRY_AGAIN:
            raise TransientError(f"时间戳机构 {self._url} 暂时不能签发：{why}；稍后会再试")
        raise DataError(f"时间戳机构 {self._url} 拒绝了请求：{why}；请与机构联系")

    def _ask(self, request: bytes) -> bytes:
        headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
        try:
            with self._connection() as connection:
                connection.request("POST", self._target(), body=request, headers=headers)
                response = connection.getresponse()
                answer = response.read(_LARGEST_ANSWER + 1)
                if response.length and len(answer) <= _LARGEST_ANSWER:
                    raise http.client.IncompleteRead(answer, response.length)
        except (OSError, http.client.HTTPException) as error:
            raise TransientError(
                f"时间戳机构 {self._url} 没有答完（{error or f'超过 {self._timeout:g} 秒'}）；稍后会再试"
            ) from error
        if (
            response.status >= http.client.INTERNAL_SERVER_ERROR
            or response.status == http.client.TOO_MANY_REQUESTS
        ):
            raise TransientError(f"时间戳机构 {self._url} 暂时不能服务（HTTP {response.status}）；稍后会再试")
        if response.status != http.client.OK:
            raise ConfigError(
                f"时间戳机构 {self._url} 不接受请求（HTTP {response.status}）；请核对地址与授权"
            )
        if len(answer) > _LARGEST_ANSWER:
            raise DataError(f"时间戳机构 {self._url} 的回答超过 {_LARGEST_ANSWER:,} 字节，不是时间戳")
        return answer

    def _target(self) -> str:
        return (self._parts.path or "/") + (f"?{self._parts.query}" if self._parts.query else "")

    @contextmanager
    def _connection(self) -> Iterator[http.client.HTTPConnection]:
        """Yield a connection that is cut when the time is over, however slowly the other side drips."""
        kind = http.client.HTTPSConnection if self._parts.scheme == "https" else http.client.HTTPConnection
        connection = kind(str(self._parts.hostname), self._parts.port, timeout=self._timeout)
        connection.connect()
        is_over = threading.Event()
        cut = threading.Timer(self._timeout, _shut, [connection.sock, is_over])
        cut.daemon = True
        cut.start()
        try:
            yield connection
            if is_over.is_set():  # what was cut off looks like an end
                raise TimeoutError
        finally:
            cut.cancel()
            connection.close()


def _shut(sock: socket.socket, is_over: threading.Event) -> None:
    is_over.set()
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:  # closed in the meantime
        pass
