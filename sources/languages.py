"""Language tags (BCP 47, RFC 5646), by their form: which subtags are registered is not looked up."""

import re

_TAG = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*", re.ASCII)


def checked_tag(text: str) -> str:
    """The tag as it was given. Raises ValueError with a sentence for what has not the form of one."""
    if not _TAG.fullmatch(text):
        raise ValueError("Give a language tag (BCP 47), such as en or pt-BR.")
    return text
