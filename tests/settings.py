"""The project's own settings, in the environment of tests."""

import tests.environment  # noqa: F401  # isort: skip - it must come first

from provenance.settings import *  # noqa: F403

# Passwords of tests guard nothing; the real hasher costs a third of a second each.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
