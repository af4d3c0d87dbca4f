"""The WSGI entry point: `granian --interface wsgi provenance.wsgi:application`."""

import gc
import os
from importlib import import_module

from django.conf import settings
from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "provenance.settings")

application = get_wsgi_application()

# All that requests need, before the first of them. It stays for good: the collector of cycles, which a large tree sets
# off again and again, need not look through it each time (docs/decisions/0040).
import_module(settings.ROOT_URLCONF)
gc.collect()
gc.freeze()
