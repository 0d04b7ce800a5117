"""What is done to many rows at once: first shown, then done to each, and told of each."""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from operator import attrgetter
from typing import Any, NamedTuple

from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ObjectDoesNotExist
from django.forms import Form
from django.template.response import TemplateResponse

from coachbot.errors import DomainError

SURE, SEEN = "sure", "seen-"
CHANGED = "It has changed since it was shown: look at it again."


class Deed(NamedTuple):
    """`act` takes a row and what `form` gave; `foresee` a row. Both raise DomainError. `note` says
    what it means. Rows are done in the order in which they must be locked, `order`, all inside
    `together`."""

    action: str
    title: str
    done: str
    act: Callable[..., Any]
    foresee: Callable[[Any], None]
    form: type[Form] = Form
    note: str = ""
    is_harsh: bool = False
    order: Callable[[Any], Any] = attrgetter("pk")
    together: Callable[[], AbstractContextManager[None]] = nullcontext


class BulkMixin:
    """Pages for actions. Subclasses may say how a row is shown, and what tells its states apart."""

    def show_row(self, row):
        return str(row)

    def state_of(self, row):
        return row.updated_at.isoformat()

    def in_bulk(self, request, queryset, deed, here=None):
        """The page of what will happen; once somebody is sure, that of what has happened. `here`
        is the address of the list, from where actions are asked for."""
        rows = list(queryset)
        form = deed.form(request.POST if SURE in request.POST else None)
        if SURE in request.POST and form.is_valid():
            shown = {row.pk: self.show_row(row) for row in rows}
            with deed.together():
                refusals = {
                    row.pk: self._do(request, row, deed, form)
                    for row in sorted(rows, key=deed.order)
                }
            results = [(text, refusals[key]) for key, text in shown.items()]
            return self.show_results(request, deed.title, deed.done, results)
        foreseen = [(row, self.show_row(row), refusal_of(deed.foresee, row)) for row in rows]
        return self._bulk_page(
            request,
            deed.title,
            action_checkbox_name=ACTION_CHECKBOX_NAME,
            deed=deed,
            form=form,
            here=here or request.get_full_path(),
            rows=foreseen,
            seen=[
                (row.pk, f"{SEEN}{row.pk}", self.state_of(row)) for row, _, no in foreseen if not no
            ],
        )

    def show_results(self, request, title, done, results):
        """`results` are what each row is, and why it was refused if it was."""
        failed = sum(bool(refusal) for _, refusal in results)
        counts = {"failed": failed, "succeeded": len(results) - failed}
        return self._bulk_page(request, title, done=done, results=results, **counts)

    def _do(self, request, row, deed, form):
        if request.POST.get(f"{SEEN}{row.pk}") != self.state_of(row):
            return CHANGED
        return refusal_of(deed.act, row, **form.cleaned_data)

    def _bulk_page(self, request, title, **context):
        context = {"here": request.get_full_path(), **context, "opts": self.opts, "title": title}
        context |= self.admin_site.each_context(request)
        return TemplateResponse(request, "admin/bulk.html", context)


def refusal_of(act, *args, **kwargs):
    """Why `act` refuses, in words; none if it does not."""
    try:
        act(*args, **kwargs)
    except DomainError as refusal:
        return str(refusal)
    except ObjectDoesNotExist:
        return "It is not there any more."
    return ""
