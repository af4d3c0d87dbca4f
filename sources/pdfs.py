"""The text, title and date of a PDF, by PDFium; to be called in the reader's own process, for PDFium is C++.

Text comes in the order in which the file draws it, a line of the page a line of the text. A word that is broken at the
end of a line stays so, with its hyphen; ligatures are what the file's own tables say they mean.
"""

import re
from dataclasses import dataclass
from datetime import date

import pypdfium2
from pypdfium2.raw import FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY

MAX_PAGES = 2000

# PDFium's mark for "a hyphen stood here, at the end of a line": it joins the lines, which the page does not.
_LINE_END_HYPHEN = "\ufffe"
# ISO 32000-1, 7.9.4: the year alone is required.
_DATE = re.compile(r"(?:D:)?(\d{4})(\d{2})(\d{2})", re.ASCII)


class Refused(Exception):
    """No text is read out of this PDF; the message says why."""


@dataclass(frozen=True, slots=True)
class Pdf:
    """What a PDF says: its pages' text, its title, and the day it says it was made (YYYY-MM-DD), each perhaps empty."""

    text: str
    title: str
    made_on: str


def read(content: bytes, *, max_characters: int) -> Pdf:
    """Read a PDF. Raises `Refused`, also for one of more than `MAX_PAGES` pages or `max_characters`."""
    document = _opened(content)
    try:
        if len(document) > MAX_PAGES:
            raise Refused(f"The PDF has more than {MAX_PAGES:,} pages.")
        text = _text(document, max_characters)
        return Pdf(text, _stated(document, "Title"), _day(_stated(document, "CreationDate")))
    finally:
        document.close()


def _opened(content: bytes) -> pypdfium2.PdfDocument:
    try:
        return pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        if error.err_code in (FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY):
            raise Refused("The PDF opens only with a password.") from None
        raise Refused("The PDF is damaged, or no PDF at all.") from None


def _text(document: pypdfium2.PdfDocument, max_characters: int) -> str:
    parts: list[str] = []
    left = max_characters
    for number in range(len(document)):
        parts.append(_page(document, number))
        left -= len(parts[-1])
        if left < 0:
            raise Refused(f"The PDF has more than {max_characters:,} characters.")
    return "\n".join(parts)


def _page(document: pypdfium2.PdfDocument, number: int) -> str:
    try:
        page = document[number]
        try:
            found: str = page.get_textpage().get_text_range()
        finally:
            page.close()  # and its text with it: a document of a thousand pages must not keep them all
    except pypdfium2.PdfiumError:
        raise Refused(f"Page {number + 1} of the PDF is damaged.") from None
    return found.replace(_LINE_END_HYPHEN, "-\n")


def _stated(document: pypdfium2.PdfDocument, name: str) -> str:
    try:
        value: str = document.get_metadata_value(name)
    except UnicodeDecodeError:
        return ""  # what is no text says nothing
    return value


def _day(stated: str) -> str:
    match = _DATE.match(stated)
    try:
        return date(*map(int, match.groups())).isoformat() if match else ""
    except ValueError:
        return ""
