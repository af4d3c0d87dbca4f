"""The WSGI entry point: `granian --interface wsgi provenance.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "provenance.settings")

application = get_wsgi_application()
