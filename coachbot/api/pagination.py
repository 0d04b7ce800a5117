"""Pages for lists that stay short, cursors for those that grow without end."""

import re
from base64 import b64decode
from urllib.parse import parse_qs

from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import CursorPagination, PageNumberPagination

PAGE_SIZE = 25
LARGEST_PAGE = 100
WHOLE_NUMBER = re.compile("0*[1-9][0-9]{0,8}")
OFFSET = re.compile("[0-9]{1,9}")


class StrictPageSize:
    """A page size that is no number is refused; one that is too large gives the largest."""

    def get_page_size(self, request):
        given = request.query_params.get("page_size")
        if given is not None and not WHOLE_NUMBER.fullmatch(given):
            detail = f"Give a whole number from 1 to {LARGEST_PAGE}."
            raise ValidationError({"page_size": detail}, code="invalid")
        return super().get_page_size(request)


class Pages(StrictPageSize, PageNumberPagination):
    parameters = ("page", "page_size")
    page_size = PAGE_SIZE
    page_size_query_param = "page_size"
    max_page_size = LARGEST_PAGE


class Cursors(StrictPageSize, CursorPagination):
    """Ordered by the view's `ordering`, or by what `?ordering=` of its filter set chose."""

    parameters = ("cursor", "page_size")
    page_size = PAGE_SIZE
    page_size_query_param = "page_size"
    max_page_size = LARGEST_PAGE
    # A cursor is a value and how many rows of that value have been seen. Were the number cut, as
    # it is by default, a list in which more rows share a value would go round for ever.
    offset_cutoff = 10**9

    def get_ordering(self, request, queryset, view):
        chosen = queryset.query.order_by or view.ordering
        direction = "-" if chosen[-1].startswith("-") else ""
        return (*chosen, f"{direction}id")

    def decode_cursor(self, request):
        given = request.query_params.get(self.cursor_query_param)
        try:
            if given and not _is_cursor(given):
                raise NotFound
            return super().decode_cursor(request)
        except NotFound:
            raise ValidationError(
                {"cursor": "Take the cursor from `next` or `previous` of an answer."},
                code="invalid_cursor",
            ) from None


def _is_cursor(given):
    """Whether `given` can be one of ours: the paginator takes most rubbish for the first page."""
    try:
        tokens = parse_qs(b64decode(given, validate=True).decode("ascii"), strict_parsing=True)
    except ValueError:
        return False
    return tokens.keys() <= {"o", "p", "r"} and all(map(OFFSET.fullmatch, tokens.get("o", ())))
