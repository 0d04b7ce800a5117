"""What unfold's templates need to know, for pages that are not the back office's own."""

from django.contrib import admin

PAGES = "accounts/"


def back_office(request):
    """A context processor for allauth's pages only: it asks what its user may see."""
    match = request.resolver_match
    if match is None or not match.route.startswith(PAGES):
        return {}
    return admin.site.each_context(request)
