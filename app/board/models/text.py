"""Text as people type it: made comparable, and freed of what cannot be stored or shown."""

from __future__ import annotations

import unicodedata

LAYOUT = "\n\t"


def fold(text: str) -> str:
    """The same for every way to write the same: Ä, ä, and a with a combining diaeresis."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def with_unix_newlines(text: str) -> str:
    # A browser sends CRLF for each line break, which would count twice against a limit.
    return text.replace("\r\n", "\n").replace("\r", "\n")


def on_one_line(text: str) -> str:
    return " ".join(text.split())


def without_control_characters(text: str) -> str:
    """Without NUL (PostgreSQL refuses it), the other control characters and lone surrogates."""
    return "".join(c for c in text if c in LAYOUT or unicodedata.category(c) not in ("Cc", "Cs"))


def is_visible(text: str) -> bool:
    """Whether anything in it would be seen: spaces and zero-width characters are not."""
    return any(unicodedata.category(c)[0] not in "ZC" for c in text)
