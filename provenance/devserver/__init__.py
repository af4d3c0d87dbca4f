"""The supervisor behind `./run`: everything the service needs, started in order and stopped together.

`python -m provenance.devserver` runs it all; `python -m provenance.devserver exec PIECE [arguments]` becomes
one piece (web, worker, beat, manage) in the same environment. `environment` says where and with what,
`pieces` what is run, `supervisor` how.
"""
