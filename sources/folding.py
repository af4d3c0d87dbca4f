"""When do two spellings of a name meet: compatibility forms, case and white space folded. Pure.

`defined` is the rule. A page's main text is folded too, and there it costs a tenth of reading the page; so `folded`
takes the text letter by letter as bytes, where each letter folds by itself.
"""

import re
import unicodedata
from functools import lru_cache

_NONE = b"\0"
"""In a table: what it folds to is not one letter of the table."""
_ASCII = bytes(range(128))
# None of these is composed with a letter before it, as marks are and Hangul's vowels.
_APART = frozenset({"Ll", "Lu", "Nd", "Pd", "Pe", "Pf", "Pi", "Po", "Ps", "Sc", "Sm", "So", "Cf", "Zs"})
_LETTERS_KEPT = 4_096
# Bytes of UTF-8 for each letter of a text in Latin script; of others most letters change, or none can be told alone.
_MOSTLY_ASCII = 1.25
# More letters beyond ASCII than this are no alphabet's; each takes microseconds to look up.
_ALPHABET = 200
# Each takes a look through the text.
_FEW = 8


def folded(text: str) -> str:
    """The text of `defined`."""
    for quickly in (_in_latin_1, _letter_by_letter):
        if (quick := quickly(text)) is not None:
            return _with_single_spaces(quick)
    return defined(text)


def defined(text: str) -> str:
    """Normal form KC without case, and one space for every run of white space."""
    without_case = unicodedata.normalize("NFKC", text).casefold()
    # Folding case can undo the normal form.
    return _in_one_line(unicodedata.normalize("NFKC", without_case))


def _in_one_line(text: str) -> str:
    """`" ".join(text.split())`, in a third of the time where the text is long and most of its lines are tidy."""
    # Of all white space only the space is printable.
    tidy = (
        line.strip(" ") if line.isprintable() and "  " not in line else " ".join(line.split())
        for line in text.split("\n")
    )
    return " ".join(filter(None, tidy))


def _with_single_spaces(text: str) -> str:
    """`_in_one_line` of a text that has no white space but spaces and ends of lines, in three fifths of the time."""
    in_one_line = " ".join(filter(None, map(str.strip, text.split("\n"))))
    return _SPACES.sub(" ", in_one_line) if "  " in in_one_line else in_one_line


def _in_latin_1(text: str) -> str | None:
    """White space as spaces and ends of lines, not yet as one; None if a letter does not stay within Latin-1."""
    try:
        # The one letter that folds to two, and is frequent.
        quick = text.replace("ß", "ss").encode("latin-1").translate(_LATIN_1)
    except UnicodeEncodeError:
        return None
    return None if _NONE in quick else quick.decode("latin-1")


def _letter_by_letter(text: str) -> str | None:
    """The same of a text with other letters; None if one may be composed with its neighbour, or many change."""
    try:
        encoded = text.encode()
    except UnicodeEncodeError:
        return None
    if len(encoded) > _MOSTLY_ASCII * len(text):
        return None
    letters = set(encoded.translate(None, _ASCII).decode())
    if len(letters) > _ALPHABET:
        return None
    alone = {letter: _alone(letter) for letter in letters}
    changed = {letter: other for letter, other in alone.items() if other != letter}
    if len(changed) > _FEW:
        return None
    quick = encoded.translate(_LOWER)
    for letter, other in changed.items():
        if other is None:
            return None
        quick = quick.replace(letter.encode(), other.encode())
    return quick.decode()


@lru_cache(_LETTERS_KEPT)
def _alone(letter: str) -> str | None:
    """What it folds to, whatever stands beside it; None if that cannot be said."""
    alone = _between_others(letter)
    return alone if all(unicodedata.category(each) in _APART for each in letter + alone) else None


def _between_others(letter: str) -> str:
    # Where white space is not at an end, and is kept as one space.
    return defined(f"a{letter}a")[1:-1]


def _table(codes: int) -> bytes:
    """Of 256 bytes what each folds to, those below `codes` taken for letters of Latin-1; ends of lines stay."""
    letters = ["\n" if code == ord("\n") else _between_others(chr(code)) for code in range(codes)]
    one = [ord(each) if len(each) == 1 and ord(each) < codes else ord(_NONE) for each in letters]
    return bytes([*one, *range(codes, 256)])


_LATIN_1 = _table(256)
_LOWER = _table(128)
_SPACES = re.compile("  +")
