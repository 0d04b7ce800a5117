"""The bare views as a server loads them."""

from django.conf import settings
from django.core.wsgi import get_wsgi_application

# What `startproject` lists. django-allauth insists on its own middleware, but looks only while
# applications are loaded.
STANDARD = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
application = get_wsgi_application()
settings.MIDDLEWARE = STANDARD
application.load_middleware()
