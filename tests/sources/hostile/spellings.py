"""Every way we know to write an internal address into a URL, so that a guard that reads text might miss it."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address

INTERNAL = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "169.254.169.254",
    "168.63.129.16",
    "192.0.0.192",
    "224.0.0.1",
    "255.255.255.255",
]
NAMES = [
    "localhost",
    "LOCALHOST",
    "LocalHost.",
    "ｌｏｃａｌｈｏｓｔ",
    "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ",
    "𝓁𝑜𝒸𝒶𝓁𝒽𝑜𝓈𝓉",
    "loc%61lhost",
    "%6C%6F%63%61%6C%68%6F%73%74",
    "lo\u00adcalhost",
    "lo\u200bcalhost",
    "localhoſt",
    "press.localhost",
    "a.b.LOCALHOST.",
    "printer.internal",
    "xn--localhost-.example",
]
NATIVE_IPV6 = [
    "::",
    "::1",
    "0:0:0:0:0:0:0:1",
    "0000:0000:0000:0000:0000:0000:0000:0001",
    "::0:1",
    "fe80::1",
    "FE80::1",
    "febf::1",
    "fc00::1",
    "fd00:ec2::254",
    "fec0::1",
    "ff02::1",
    "100::1",
    "2001:db8::1",
    "3fff::1",
    "5f00::1",
]

_FULLWIDTH = str.maketrans("0123456789.", "０１２３４５６７８９．")
_CIRCLED = str.maketrans("0123456789", "⓪①②③④⑤⑥⑦⑧⑨")
_BOLD = str.maketrans("0123456789", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗")
_SUPERSCRIPT = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


def spellings() -> list[str]:
    """Hosts as they stand in a URL, each once."""
    hosts = [*NAMES, *(f"[{text}]" for text in NATIVE_IPV6)]
    for text in INTERNAL:
        address = IPv4Address(text)
        hosts += [*_as_ipv4(address), *(f"[{inside}]" for inside in _inside_ipv6(address))]
    return list(dict.fromkeys(hosts))


def _as_ipv4(address: IPv4Address) -> Iterator[str]:
    text, number = str(address), int(address)
    a, b, c, d = address.packed
    yield from (text, f"{text}.", f"{number}", f"{number}.", f"{number:#x}", f"0X{number:X}", f"0{number:o}")
    yield from (f"0x{number:016x}", f"{'0' * 20}{number:o}")
    yield from (f"{a}.{number & 0xFFFFFF}", f"{a}.{b}.{c << 8 | d}", f"{a:#x}.{number & 0xFFFFFF:#x}")
    yield ".".join(f"{part:#x}" for part in address.packed)
    yield ".".join(f"0X{part:X}" for part in address.packed)
    yield ".".join(f"0{part:o}" for part in address.packed)
    yield ".".join(f"{part:012o}" for part in address.packed)
    yield f"{a:#x}.0{b:o}.{c}.{d:#06x}"
    yield from (text.translate(table) for table in (_FULLWIDTH, _CIRCLED, _BOLD, _SUPERSCRIPT))
    yield from (text.replace(".", dot) for dot in "。．｡")
    yield from (text.replace(".", "%2E"), "".join(f"%{ord(letter):02x}" for letter in text))
    yield "".join(f"%{byte:02X}" for byte in text.translate(_FULLWIDTH).encode())
    yield from (text.replace(".", "\u00ad."), text.replace(".", ".\u200b"))
    # Beyond 32 or 8 bits: some readers wrap round, and then stand before an internal address.
    yield from (f"{number + (1 << 32)}", f"{number + (1 << 32):#x}", f"{number + (1 << 64)}")
    yield from (f"{a + 256}.{b}.{c}.{d}", f"{text}.0", f"{a}.{b}.{c}.{d + 256}")


def _inside_ipv6(address: IPv4Address) -> Iterator[str]:
    text, number = str(address), int(address)
    high, low = number >> 16, number & 0xFFFF
    inverted = number ^ 0xFFFF_FFFF
    yield from (f"::ffff:{text}", f"::FFFF:{text}", f"::ffff:{high:x}:{low:x}", f"0:0:0:0:0:ffff:{text}")
    yield IPv6Address(f"::ffff:{text}").exploded
    yield from (f"::{text}", f"::{high:04X}:{low:04X}", f"::ffff:0:{text}")
    yield from (f"64:ff9b::{text}", f"0064:FF9B::{high:x}:{low:x}", f"64:ff9b:1::{text}")
    yield from (f"64:ff9b:1:{high:x}:{low >> 8:x}:{(low & 0xFF) << 8:x}::", f"2002:{high:x}:{low:x}::")
    yield from (f"2002:{high:x}:{low:x}::1", f"2001:0:{high:x}:{low:x}::")
    yield f"2001:0:4136:e378:8000:63bf:{inverted >> 16:x}:{inverted & 0xFFFF:x}"
    yield from (f"fe80::5efe:{text}", f"2606:4700::5efe:{text}", f"2606:4700::200:5efe:{text}")
