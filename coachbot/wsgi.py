"""What a production server loads."""

import os

from django.core.wsgi import get_wsgi_application

from coachbot.api.charset import OnlyUTF8

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "coachbot.settings")
application = OnlyUTF8(get_wsgi_application())
