"""PDFs written by hand: as many objects as a reader needs, and what a test puts in their place."""

import zlib
from collections.abc import Sequence

INFO = "<< /Title (On the outage) /CreationDate (D:20210228221000+05'30') >>"


def pdf(*pages: Sequence[str], info: str = INFO, trailer: str = "") -> bytes:
    """A PDF of these pages, each a list of lines as PDF strings have them: Windows-1252, `\\(` for a bracket."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(pages)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ]
    for number, lines in enumerate(pages):
        objects += _page(lines, content=5 + 2 * number)
    return _file([*objects, info], trailer=f"/Info {len(objects) + 1} 0 R {trailer}")


def pdf_bomb(*, mib: int) -> bytes:
    """A PDF whose one page's drawing is packed, and unpacks to this many MiB of text."""
    packer = zlib.compressobj(9)
    packed = packer.compress(b"BT /F1 12 Tf 50 800 Td ")
    for _ in range(mib):
        packed += packer.compress(b"(x) Tj " * (1024 * 1024 // 7))
    packed += packer.compress(b"ET") + packer.flush()
    whole = pdf(["@"])
    stream = f"<< /Length {len(packed)} /Filter /FlateDecode >>\nstream\n".encode() + packed + b"\nendstream"
    start = whole.index(b"<< /Length")
    return whole[:start] + stream + whole[whole.index(b"\nendstream", start) + len(b"\nendstream") :]


def locked_pdf() -> bytes:
    """A PDF that the empty password does not open."""
    keys = f"<{'41' * 32}>"
    return pdf(["Secret."], trailer=f"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O {keys} /U {keys} >>")


def _page(lines: Sequence[str], *, content: int) -> list[str]:
    drawn = " ".join(f"({line}) Tj T*" for line in lines)
    stream = f"BT /F1 12 Tf 14 TL 50 800 Td {drawn} ET"
    fonts = "/Resources << /Font << /F1 3 0 R >> >>"
    return [
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents {content} 0 R {fonts} >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
    ]


def _file(objects: Sequence[str], *, trailer: str) -> bytes:
    content, places = b"%PDF-1.7\n", []
    for number, written in enumerate(objects, 1):
        places.append(b"%010d 00000 n \n" % len(content))
        content += f"{number} 0 obj\n{written}\nendobj\n".encode("cp1252")
    table = b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(places)
    end = f"trailer << /Size {len(objects) + 1} /Root 1 0 R {trailer} >>\nstartxref\n{len(content)}\n%%EOF\n"
    return content + table + end.encode()
