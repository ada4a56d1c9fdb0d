"""What a file truly is, whatever it is called: only kinds that are listed here are taken."""

from __future__ import annotations

import io
import zipfile
from dataclasses import dataclass

import filetype
from PIL import Image, ImageOps, UnidentifiedImageError

from lookout.kernel.errors import DataError

MOST_PIXELS = 60_000_000
# An honest office file unpacks to a few times its size.
MOST_UNPACKED = 200 * 2**20
OFFICE = "application/vnd.openxmlformats-officedocument."


@dataclass(frozen=True)
class Kind:
    """One kind of file that is taken: media type, the extension it is kept under, and whether browsers may show it."""

    media_type: str
    extension: str
    title: str
    is_shown: bool = False
    is_image: bool = False


KINDS = {
    kind.media_type: kind
    for kind in (
        Kind("image/jpeg", "jpg", "照片", True, True),
        Kind("image/png", "png", "图片", True, True),
        Kind("image/webp", "webp", "图片", True, True),
        Kind("application/pdf", "pdf", "PDF 文件"),
        Kind(f"{OFFICE}wordprocessingml.document", "docx", "Word 文件"),
        Kind(f"{OFFICE}spreadsheetml.sheet", "xlsx", "Excel 文件"),
        Kind("video/mp4", "mp4", "视频"),
        Kind("audio/mpeg", "mp3", "录音"),
        Kind("audio/mp4", "m4a", "录音"),
        Kind("text/plain", "txt", "文本"),
    )
}
TAKEN = "照片（JPG、PNG、WebP）、PDF、Word（docx）、Excel（xlsx）、视频（MP4）、录音（MP3、M4A）、文本（TXT）"


def find_kind(content: bytes) -> Kind:
    """Return the kind of a file by its bytes.

    Raises DataError, in the reader's words, for everything that is not on the list: other formats,
    office files with macros or with a bomb inside, text that is a page or a script.
    """
    guess = filetype.guess(content)
    media_type = guess.mime if guess is not None else ""
    if media_type == "application/zip" or media_type.startswith(OFFICE):
        return _office_kind(content)
    if media_type in KINDS:
        return KINDS[media_type]
    if guess is None and _is_plain_text(content):
        return KINDS["text/plain"]
    raise DataError(f"这种文件不能上传；可以上传{TAKEN}")


def _office_kind(content: bytes) -> Kind:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = {entry.filename for entry in archive.infolist()}
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile:
        raise DataError("文件已损坏，打不开；请重新保存后再上传") from None
    if unpacked > MOST_UNPACKED:
        raise DataError("文件解压后异常巨大，不能上传；请另存一份再试")
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise DataError("文件里带有宏，不能上传；请另存为不带宏的 docx 或 xlsx")
    for part, media_type in (("word/", "wordprocessingml.document"), ("xl/", "spreadsheetml.sheet")):
        if "[Content_Types].xml" in names and any(name.startswith(part) for name in names):
            return KINDS[OFFICE + media_type]
    raise DataError(f"压缩包不能上传；可以上传{TAKEN}")


def _is_plain_text(content: bytes) -> bool:
    if not content.strip() or b"\0" in content:
        return False
    for encoding in ("utf-8", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        # A page or a drawing is text too, and a browser would run what is in it.
        return not text.lstrip("\ufeff \t\r\n").startswith(("<", "%!", "#!"))
    return False


def without_hidden_data(content: bytes, kind: Kind) -> bytes:
    """Return a picture drawn anew: the same to the eye, without place, camera, or anything appended.

    Other kinds come back as they are. Raises DataError for a picture that is torn or absurdly large.
    """
    if not kind.is_image:
        return content
    try:
        with Image.open(io.BytesIO(content)) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise DataError("照片尺寸太大；请缩小到 6000 万像素以内再上传")
            upright = ImageOps.exif_transpose(picture)
            upright.load()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
        raise DataError("照片已损坏，打不开；请重新拍照或另存后再上传") from None
    drawn = io.BytesIO()
    if kind.extension == "jpg":
        upright.convert("RGB").save(drawn, "JPEG", quality=90)
    else:
        bare = Image.new(upright.mode, upright.size)
        bare.paste(upright)
        if upright.mode == "P" and (palette := upright.getpalette()) is not None:
            bare.putpalette(palette)
        bare.save(drawn, "PNG" if kind.extension == "png" else "WEBP")
    return drawn.getvalue()
