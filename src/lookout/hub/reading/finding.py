"""Finding companies by what people type: any spelling of a name, former names, any code, pinyin initials."""

from __future__ import annotations

import unicodedata

from lookout.hub.resolution import normalise_name

# Shorter texts are pieces of names; the long lists of codes need not be searched for them.
SHORTEST_CODE = 6


def literal(text: str) -> str:
    """Drop what LIKE would take as a wildcard; no code or name contains it."""
    return text.replace("%", "").replace("_", "").replace("\\", "")


def text_condition(text: str) -> tuple[str, list[str]]:
    """Return the SQL condition on `listing` for a typed text, and its parameters.

    A name is found as typed and in its normal form (width, brackets, script, legal form), under which
    the register also keeps former names; a code by its beginning, whatever its scheme.
    """
    typed = literal(unicodedata.normalize("NFKC", text).strip())
    code = typed.upper().replace(" ", "").replace("-", "")
    if not code:  # nothing but wildcards and spaces: everything would match
        return "1 = 0", []
    parts = ["contains(name, ?)", "contains(former_names, ?)"]
    values = [literal(text), literal(text)]
    if code.isascii():  # codes and initials are
        parts += ["starts_with(upper(identifier), ?)", "starts_with(initials, ?)"]
        values += [code, code]
    if ":" in text:  # an id of a desensitised source is case-sensitive and has its source before it
        parts.append("identifier = ?")
        values.append(text)
    normal = literal(normalise_name(text))
    if normal and not normal.isascii():
        parts.append(
            "company_key IN (SELECT company_key FROM lookup WHERE scheme = 'name' AND contains(identifier, ?))"
        )
        values.append(normal)
    elif normal and len(code) >= SHORTEST_CODE and any(letter.isdigit() for letter in code):
        parts.append(
            "company_key IN (SELECT company_key FROM lookup WHERE scheme <> 'name' AND starts_with(upper(identifier), ?))"
        )
        values.append(code)
        # The older organisation code is the middle of today's; people still quote its last digits.
        parts.append("contains(upper(identifier), ?)")
        values.append(code)
    return f"({' OR '.join(parts)})", values
