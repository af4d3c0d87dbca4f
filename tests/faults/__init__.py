"""Faults of our own: real workers, broker, database and store are broken in mid-work, and the work is counted after.

`./run faults` runs them (see `__main__`); each is a trial in a process of its own (`trial`).
"""
