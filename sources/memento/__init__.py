"""Memento (RFC 7089): what was seen of a page, found by the page's own address and a time.

`/timegate/<url>` leads to what was current at a time, `/timemap/link/<url>` lists all that was seen, and
`/memento/<14 digits>/<url>` is one of them: the page's own bytes.
"""
