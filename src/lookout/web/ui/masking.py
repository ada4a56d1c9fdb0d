"""What officers see of people before they ask for more."""

from __future__ import annotations

import re

_PERSON_ID = re.compile(r"(?<![0-9A-Za-z])([1-9]\d{5})\d{8}(\d{3}[0-9Xx])(?![0-9A-Za-z])")
_PHONE = re.compile(r"(?<!\d)(1[3-9]\d)\d{4}(\d{4})(?!\d)")
_CARD = re.compile(r"(?<!\d)(\d{4})\d{8,11}(\d{4})(?!\d)")


def mask_name(name: str) -> str:
    """Return a name with all but the first character hidden."""
    return name[:1] + "＊" * max(1, len(name) - 1) if name else ""


def mask_phone(phone: str) -> str:
    """Return a phone number with its middle hidden."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 8 else "****"


def mask_text(text: str) -> str:
    """Return a text with phone, identity and card numbers hidden."""
    for pattern, stars in ((_PERSON_ID, "********"), (_PHONE, "****"), (_CARD, "********")):
        text = pattern.sub(rf"\g<1>{stars}\g<2>", text)
    return text
