"""What the tests of signatures and stamps share: a clock that is set, certificates of any kind, small PDF files."""

from __future__ import annotations

import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from cryptography.x509.oid import AuthorityInformationAccessOID, ExtendedKeyUsageOID, NameOID
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter

from lookout.proof.certificates import Identity, Purpose, revocation_list
from lookout.proof.trust import Roots

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
DAY = timedelta(days=1)
YEAR = timedelta(days=365)
needs_openssl = pytest.mark.skipif(not shutil.which("openssl"), reason="needs the openssl command")


class Clock:
    """A clock that a test sets."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def openssl(*arguments: str | Path) -> str:
    """Run openssl and return what it says; a failure fails the test."""
    program = shutil.which("openssl")
    assert program
    done = subprocess.run([program, *map(str, arguments)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    """Return the one RSA key of all tests: they are slow to make."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def licensed(
    name: str,
    issuer: Identity | None = None,
    *,
    purpose: Purpose | None = None,
    key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey | None = None,
    start: datetime = NOW - YEAR,
    end: datetime = NOW + YEAR,
    extended: tuple[x509.ObjectIdentifier, ...] = (),
    is_critical: bool = True,
    signs: bool = True,
    answers_at: str = "",
) -> Identity:
    """Return an identity such as a licensed authority issues: without the mark of the test authority."""
    purpose = purpose or (Purpose.SIGNING if issuer else Purpose.ROOT)
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    is_root = purpose is Purpose.ROOT
    if purpose is Purpose.STAMPING and not extended:
        extended = (ExtendedKeyUsageOID.TIME_STAMPING,)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(is_root, None), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(_usage(is_root, signs), critical=True)
    )
    if extended:
        builder = builder.add_extension(x509.ExtendedKeyUsage(extended), critical=is_critical)
    if answers_at:  # where its issuer answers whether it was revoked
        place = x509.UniformResourceIdentifier(answers_at)
        access = x509.AccessDescription(AuthorityInformationAccessOID.OCSP, place)
        builder = builder.add_extension(x509.AuthorityInformationAccess([access]), critical=False)
    made = builder.sign(issuer.key if issuer else key, hashes.SHA256())
    chain = (issuer.certificate, *issuer.chain) if issuer else ()
    return Identity(key, made, chain)


def _usage(is_root: bool, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=signs and not is_root,
        content_commitment=signs and not is_root,
        key_encipherment=not signs,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=is_root,
        crl_sign=is_root,
        encipher_only=False,
        decipher_only=False,
    )


def believed(
    root: Identity, *revoked: tuple[Identity, datetime], at: datetime = NOW, reason: str = "superseded"
) -> Roots:
    """Return the roots of somebody who believes an authority, with its revocation list of an instant."""
    gone = {one.certificate.serial_number: (when, x509.ReasonFlags[reason]) for one, when in revoked}
    made = revocation_list(root, gone, number=1, at=at - DAY, until=at + 30 * DAY)
    return Roots((root.certificate,), crls=(made,))


def pkcs12(file: Path, identity: Identity, passphrase: str) -> Path:
    """Write a PKCS#12 file as a licensed authority hands it out."""
    sealed = BestAvailableEncryption(passphrase.encode())
    file.write_bytes(
        serialize_key_and_certificates(b"", identity.key, identity.certificate, identity.chain, sealed)
    )
    return file


@cache
def pdf(text: str = "contract") -> bytes:
    """Return a PDF of one page."""
    writer = PdfFileWriter()
    content = generic.StreamObject(stream_data=f"BT /F1 20 Tf 50 700 Td ({text}) Tj ET".encode())
    box = generic.ArrayObject([generic.NumberObject(number) for number in (0, 0, 595, 842)])
    writer.insert_page(PageObject(contents=writer.add_object(content), media_box=box))
    out = BytesIO()
    writer.write(out)
    return out.getvalue()


Reply = Callable[[bytes, BaseHTTPRequestHandler], None]


@contextmanager
def serving(answer: Reply) -> Iterator[str]:
    """Serve the protocol on this machine and yield the address."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            answer(self.rfile.read(int(self.headers["Content-Length"])), self)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/tsa"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def send(handler: BaseHTTPRequestHandler, body: bytes, status: int = 200) -> None:
    handler.send_response(status)
    handler.send_header("Content-Type", "application/timestamp-reply")
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)
