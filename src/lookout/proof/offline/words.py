"""What the verifier says, in Chinese and English; findings carry a code and fields, not sentences."""

from __future__ import annotations

from typing import Any, NamedTuple

WRONG, UNCHECKED, LIMIT = "wrong", "unchecked", "limit"


class Finding(NamedTuple):
    """One thing found: how bad, in which file and field, at which bytes of the package (end excluded), and what."""

    level: str
    code: str
    where: str
    span: tuple[int, int] | None
    fields: dict[str, Any]

    def say(self, language: str) -> str:
        """Return the sentence."""
        return WORDS[self.code][0 if language == "zh" else 1].format(**self.fields)


class UnreadableError(ValueError):
    """A structure that is not what it must be: a finding's code, the place within the structure, and fields."""

    def __init__(self, code: str, place: int = 0, **fields: Any) -> None:
        super().__init__(code)
        self.code, self.place, self.fields = code, place, fields


WORDS = {
    # the container
    "not_a_package": ("不是瞭望取证包：{why}", "not a Lookout evidence package: {why}"),
    "structure": ("包的结构被改动（{part}）", "the package's structure was changed ({part})"),
    "doubled": ("同名文件出现不止一次", "a file of this name occurs more than once"),
    "missing": ("清单所列的文件不在包内", "listed in the manifest but not in the package"),
    "unlisted": ("清单没有列出这个文件", "in the package but not listed in the manifest"),
    "order": ("文件的先后顺序与清单不同", "the files do not stand in the manifest's order"),
    "crc": (
        "容器里的校验码与内容不符，而摘要相符",
        "the container's checksum does not fit a content that is right",
    ),
    # contents
    "byte": (
        "第 {place:,} 字节被改动：原为 0x{old:02x}，现为 0x{new:02x}",
        "byte {place:,} was changed: it was 0x{old:02x}, it is 0x{new:02x}",
    ),
    "block": (
        "第 {start:,} 至 {end:,} 字节之间的内容被改动",
        "the content between bytes {start:,} and {end:,} was changed",
    ),
    "size": (
        "大小应为 {said:,} 字节，现为 {found:,} 字节",
        "the size should be {said:,} bytes and is {found:,}",
    ),
    "digest": (
        "{name} 摘要不符：清单为 {said}，内容为 {found}",
        "the {name} digest differs: listed {said}, found {found}",
    ),
    # the manifest
    "json": ("不是规范的 JSON：{why}", "not canonical JSON: {why}"),
    "field": ("字段 {field} 不对：{why}", "the field {field} is wrong: {why}"),
    "signature": (
        "签名不成立（{algorithm}）：{what}被改动，或不是由所附证书的密钥签署",
        "the signature does not hold ({algorithm}): {what} was changed or not signed by the certificate's key",
    ),
    "signature_byte": (
        "签名原文第 {place:,} 字节被改动：改回 0x{old:02x}（现为 0x{new:02x}）后签名成立",
        "byte {place:,} of what was signed was changed: with 0x{old:02x} instead of 0x{new:02x} the "
        "signature holds",
    ),
    "algorithm": ("本程序不认识的算法：{algorithm}", "an algorithm this program does not know: {algorithm}"),
    # items and seals
    "not_sealed": (
        "没有存证：日志的记录和已存证的文件清单里都没有它的摘要",
        "not sealed: neither an entry of the log nor a sealed list of files has its digest",
    ),
    "seal_without_item": (
        "日志第 {index:,} 条记录的文件不在包内；可用 --file 给出它来比对，SHA-256 应为 {sha256}",
        "the file of the log's entry {index:,} is not in the package; name it with --file to compare, its "
        "SHA-256 must be {sha256}",
    ),
    "file_of_nothing": (
        "与包内任何记录都不符：SHA-256 为 {sha256}",
        "fits no entry of the package: its SHA-256 is {sha256}",
    ),
    "listed_absent": (
        "文件清单所列的“{name}”不在包内",
        "“{name}”, which the list of files names, is not in the package",
    ),
    "sm3_of_entry": ("日志记录里的 SM3 与文件不符", "the SM3 digest in the log's entry is not the file's"),
    "inclusion": (
        "证明不成立：第 {index:,} 条记录到不了 {size:,} 条的根值",
        "the proof does not hold: entry {index:,} does not lead to the root over {size:,}",
    ),
    "earlier": (
        "较早的根值（{size:,} 条）不是现在日志的开头：日志被重写过，或证明被改动",
        "an earlier root (over {size:,}) is not the beginning of this log: the log was written anew or the "
        "proof changed",
    ),
    "published": (
        "与公布的根值不符：公布的 {size:,} 条根值为 {said}，包内为 {found}",
        "not the published root: published over {size:,} is {said}, here {found}",
    ),
    "published_alone": (
        "没有依据比较公布的根值（{size:,} 条）：需要它与包内签名头（{own:,} 条）之间的一致性证明（"
        "--consistency）",
        "nothing to compare the published root (over {size:,}) with: a consistency proof between it and the "
        "package's head (over {own:,}) is needed (--consistency)",
    ),
    "late_entry": (
        "记录的时间 {entry} 晚于签名头的时间 {head}",
        "the entry's time {entry} is after the head's {head}",
    ),
    "other_log": ("属于另一本日志 {found}，应为 {said}", "of another log, {found}; it should be {said}"),
    # certificates and stamps
    "certificate": ("证书读不懂：{why}", "the certificate cannot be read: {why}"),
    "der": ("第 {place:,} 字节处不是 DER 编码", "not DER at byte {place:,}"),
    "not_der": ("编码与应有的不同", "the encoding is not what it must be"),
    "chain": ("证书“{name}”找不到有效的签发者", "no valid issuer of the certificate “{name}”"),
    "chain_signature": (
        "证书“{name}”上的签名不成立：证书被改动",
        "the signature on the certificate “{name}” does not hold: it was changed",
    ),
    "not_authority": ("证书“{name}”无权签发证书", "the certificate “{name}” may not issue certificates"),
    "validity": (
        "证书“{name}”在 {at} 无效（有效期 {start} 至 {end}）",
        "the certificate “{name}” was not valid at {at} ({start} to {end})",
    ),
    "usage": ("证书“{name}”不能用于{what}", "the certificate “{name}” is not for {what}"),
    "root_not_given": (
        "没有给出可信的根证书，用的是包内的“{name}”；请与签发机构公布的指纹核对：SHA-256 {fingerprint}",
        "no trusted root was given; the package's own “{name}” was used. Compare its fingerprint with the "
        "published one: SHA-256 {fingerprint}",
    ),
    "root_differs": ("签发链到不了您给出的根证书", "the chain does not lead to the root you gave"),
    "critical": (
        "证书“{name}”有本程序不认识的关键扩展 {oid}",
        "the certificate “{name}” has a critical extension unknown to this program: {oid}",
    ),
    "token_other_digest": (
        "时间戳盖的是另一个摘要 {found}，应为 {said}",
        "the time stamp is over another digest, {found}; it should be over {said}",
    ),
    "token_signature": (
        "时间戳的签名不成立：被改动，或不是由所附证书的密钥签署",
        "the time stamp's signature does not hold: it was changed or not made by the certificate's key",
    ),
    "token_attribute": (
        "时间戳的属性 {name} 缺失或不符",
        "the time stamp's attribute {name} is missing or does not fit",
    ),
    "token_missing": (
        "没有时间戳：只有签名者自己说的时间",
        "no time stamp: the time is the signer's word alone",
    ),
    "token_early": (
        "时间戳的时间 {stamp} 早于所盖内容的时间 {said}",
        "the time stamp's time {stamp} is before that of what it stamps, {said}",
    ),
    "token_far": (
        "时间戳的时间 {stamp} 比所盖内容的时间 {said} 晚了一天以上",
        "the time stamp's time {stamp} is more than a day after that of what it stamps, {said}",
    ),
    # limits
    "test_authority": (
        "由测试机构签发（“{name}”）：测试用，不具法律效力",
        "made by a test authority (“{name}”): for testing, without legal effect",
    ),
    "revocation": (
        "离线不能查证书是否已被吊销；请向签发机构核对序列号 {serial}（{name}）",
        "whether a certificate was revoked cannot be seen offline; ask its issuer about serial {serial} ("
        "{name})",
    ),
    "history": (
        "没有给出另处公布的根值（--published 或 --head），不能排除整本日志被重写",
        "no root published elsewhere was given (--published or --head): a log written anew as a whole is not "
        "excluded",
    ),
    "before": (
        "存证证明自存证时起没有改动；存证之前的真实性要由取证过程说明",
        "a seal shows no change since it was sealed; what was before must be shown by how it was collected",
    ),
    "sm3_skipped": (
        "这个 Python 没有 SM3，文件又大，没有算 SM3；SHA-256 已核对",
        "this Python has no SM3 and the file is large: SM3 was not computed, SHA-256 was",
    ),
    "own_copy": (
        "若本程序取自包内，请改用您另外得到的一份再核一次",
        "if this program came out of the package, verify again with a copy you got elsewhere",
    ),
}
