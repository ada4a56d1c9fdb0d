"""The settings of signatures and time-stamps: whose they are, and whom one believes."""

from __future__ import annotations

from pathlib import Path
from typing import TypedDict
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings


class ProofOptions(TypedDict):
    """What `lookout.proof.notary` has to be told of the settings."""

    tsa_url: str
    pkcs12: Path | None
    passphrase: str
    roots: Path | None


class ProofSettings(BaseSettings):
    """Certificates and stamps. What is not given is served by the built-in test authority."""

    tsa_url: str = Field(
        "",
        description="时间戳机构（RFC 3161）的地址；不填则用内置的测试时间戳，没有法律效力",
        examples=["http://tsa.internal/tsa"],
    )
    signing_certificate: Path | None = Field(
        None,
        description="签章证书：证书机构给出的 PKCS#12 文件（.p12、.pfx）；不填则用内置的测试证书，没有法律效力",
        examples=["/etc/lookout/signing.p12"],
    )
    signing_passphrase: SecretStr | None = Field(
        None, description="签章证书文件的口令；只能由环境变量给出", examples=["由启动服务的环境给出"]
    )
    trusted_roots: Path | None = Field(
        None,
        description="可信根证书文件夹：所信任的证书机构、时间戳机构的根证书与中间证书（.pem .crt .cer）和吊销列表（.crl）",
        examples=["/etc/lookout/roots"],
    )

    @field_validator("tsa_url")
    @classmethod
    def _known_tsa(cls, value: str) -> str:
        if value:
            try:
                parts = urlsplit(value)
                known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
            except ValueError:
                known = False
            if not known:
                raise PydanticCustomError("tsa_url", "不是 http 或 https 开头的完整地址")
        return value

    @property
    def proof_options(self) -> ProofOptions:
        """The options of `lookout.proof.notary.open_notary`."""
        given = self.signing_passphrase
        return {
            "tsa_url": self.tsa_url,
            "pkcs12": self.signing_certificate,
            "passphrase": given.get_secret_value() if given else "",
            "roots": self.trusted_roots,
        }
