"""The project's own settings, in the environment of tests."""

import tests.environment  # noqa: F401  # isort: skip - it must come first

from provenance.settings import *  # noqa: F403

