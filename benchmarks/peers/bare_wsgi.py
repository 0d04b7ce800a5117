"""The bare views as a server loads them."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application

# django-allauth insists on its own middleware, but looks only while applications are loaded. What
# is left says how long an answer is: connections would not stay open without.
application = get_wsgi_application()
settings.MIDDLEWARE = ["django.middleware.common.CommonMiddleware"]
application.load_middleware()
