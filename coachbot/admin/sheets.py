"""Lists that go out as files, and files that come in."""

import zlib
from io import BytesIO
from typing import Any, ClassVar

from cryptography.fernet import InvalidToken
from django import forms
from django.contrib import messages
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.cache import cache
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse, HttpResponseRedirect, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.urls import path, reverse
from django.utils import timezone
from unfold.widgets import UnfoldAdminFileFieldWidget

from coachbot.errors import DomainError
from coachbot.sealing import cipher
from coachbot.sheets import importing, reading, writing
from coachbot.sheets.drafts import Outcome

CSV = "text/csv; charset=utf-8"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
# How long a file that has been looked at waits for a yes.
WAITS_SECONDS = 60 * 60
SALT = "coachbot.import"
# What a person looks through; the counts are of all rows.
MOST_SHOWN = 500
ORDER = list(Outcome)


class ExportMixin:
    """The rows of a list, as it is filtered, searched and sorted, for who may view them.

    Who takes them away is noted by `log_export`, before the first row goes out.
    """

    sheet: ClassVar[Any]
    change_list_template: Any = "admin/sheets/change_list.html"

    def get_urls(self):
        pages = [
            path(f"export/{kind}/", self.admin_site.admin_view(view), name=self._page_name(name))
            for kind, name, view in (
                ("csv", "export_csv", self.export_csv_view),
                ("xlsx", "export_xlsx", self.export_xlsx_view),
            )
        ]
        return [*pages, *super().get_urls()]

    def changelist_view(self, request, extra_context=None):
        links = [self._link(f"export_{kind}", kind.upper()) for kind in ("csv", "xlsx")]
        context = {"exports": links, "sheet": self.sheet, **(extra_context or {})}
        return super().changelist_view(request, context)

    def export_csv_view(self, request):
        rows = self._rows_in_list(request)
        if rows is None:
            return self._back_to_list(request)
        self.log_export(request, rows=rows.count(), kind="csv")
        parts = writing.csv_parts(list(self.sheet.columns), self.sheet.lines(rows))
        return self._as_file(StreamingHttpResponse(parts, content_type=CSV), "csv")

    def export_xlsx_view(self, request):
        rows = self._rows_in_list(request)
        if rows is None:
            return self._back_to_list(request)
        count = rows.count()
        try:
            writing.require_few(count)
        except writing.TooManyRows as refusal:
            self.message_user(request, str(refusal), messages.ERROR)
            return self._back_to_list(request)
        self.log_export(request, rows=count, kind="xlsx")
        file = BytesIO()
        writing.write_xlsx(list(self.sheet.columns), self.sheet.lines(rows), file)
        return self._as_file(HttpResponse(file.getvalue(), content_type=XLSX), "xlsx")

    def _rows_in_list(self, request):
        """None for filters that make no sense, which the list itself explains."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            return self.sheet.prepared(self.get_changelist_instance(request).queryset)
        except IncorrectLookupParameters:
            return None

    def _back_to_list(self, request):
        place = reverse(f"admin:{self._page_name('changelist')}")
        asked = request.GET.urlencode()
        return HttpResponseRedirect(f"{place}?{asked}" if asked else place)

    def _as_file(self, response, kind):
        """Kept by the person who asked, and by nothing on the way."""
        name = f"{self.sheet.name}-{timezone.now():%Y-%m-%d}.{kind}"
        response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
        response.headers["Cache-Control"] = "no-store"
        return response

    def _link(self, name, title):
        return {"title": title, "link": reverse(f"admin:{self._page_name(name)}")}

    def _page_name(self, name):
        return f"{self.opts.app_label}_{self.opts.model_name}_{name}"


class FileForm(forms.Form):
    file = forms.FileField(
        label="CSV or XLSX file",
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.xlsx"}),
        help_text=(
            f"At most {reading.MOST_ROWS:,} rows and {reading.MOST_BYTES // 1024 // 1024} MB. "
            "CSV in UTF-8, with commas, semicolons or tabs."
        ),
    )

    def clean_file(self):
        """The size is known before anything is read."""
        file = self.cleaned_data["file"]
        if file.size > reading.MOST_BYTES:
            limit = reading.MOST_BYTES // 1024 // 1024
            raise forms.ValidationError(f"The file is larger than {limit} MB.")
        return file


class ImportMixin(ExportMixin):
    """A file is looked at first, with every row it would change; the yes to that imports it.

    For who may add rows or change them, and row by row only what they may. Between the two the
    file waits in the cache, sealed for its user. An import is noted by `log_import`, with it.
    """

    def get_urls(self):
        view = self.admin_site.admin_view(self.import_view)
        return [path("import/", view, name=self._page_name("import")), *super().get_urls()]

    def changelist_view(self, request, extra_context=None):
        link = self._link("import", "Import") if self._rights(request) else None
        return super().changelist_view(request, {"import": link, **(extra_context or {})})

    def import_view(self, request):
        if not self._rights(request):
            raise PermissionDenied
        if request.method == "POST" and "plan" in request.POST:
            return self._confirm(request)
        form = FileForm(request.POST or None, request.FILES or None)
        if request.method == "POST" and form.is_valid():
            file = form.cleaned_data["file"]
            try:
                return self._preview(request, file.name, file.read())
            except DomainError as refusal:
                form.add_error("file", str(refusal))
        return self._page_with_form(request, form)

    def _preview(self, request, name, data):
        plan = importing.preview(
            self.sheet,
            reading.read(name, data),
            rights=self._rights(request),
            now=timezone.now(),
        )
        self._keep(request, name, data, plan.fingerprint)
        return self._page_with_plan(request, name, plan)

    def _confirm(self, request):
        kept = self._kept(request)
        if kept is None:
            message = "This file is not here any more, or another has come since: send it again."
            self.message_user(request, message, messages.WARNING)
            return HttpResponseRedirect(request.path)
        name, data = kept
        try:
            plan, is_done = self._carry_out(request, name, data)
        except DomainError as refusal:
            self.message_user(request, f"Nothing was imported. {refusal}", messages.ERROR)
            return HttpResponseRedirect(request.path)
        if not is_done:
            message = "Nothing was imported: something has changed meanwhile. Look again."
            self.message_user(request, message, messages.WARNING)
            self._keep(request, name, data, plan.fingerprint)
            return self._page_with_plan(request, name, plan)
        return self._tell_done(request, name, plan)

    def _carry_out(self, request, name, data):
        with transaction.atomic():
            plan, is_done = importing.bring_in(
                self.sheet,
                reading.read(name, data),
                rights=self._rights(request),
                now=timezone.now(),
                agreed=request.POST["plan"],
            )
            if is_done and plan.has_work:
                self.log_import(file=name, counts=plan.counts)
        return plan, is_done

    def _tell_done(self, request, name, plan):
        counts = plan.counts
        told = ", ".join(f"{counts[each]:,} {each}" for each in ORDER if each != Outcome.ERROR)
        self.message_user(request, f"Imported {name}: {told}.", messages.SUCCESS)
        return HttpResponseRedirect(reverse(f"admin:{self._page_name('changelist')}"))

    def _rights(self, request):
        held = {
            importing.ADD: self.has_add_permission(request),
            importing.CHANGE: self.has_change_permission(request),
        }
        return frozenset(right for right, is_held in held.items() if is_held)

    # --- what waits for a yes

    def _cache_key(self, request):
        """One file per person and table, so that those nobody says yes to do not pile up."""
        return f"import:{self.sheet.name}:{request.user.pk}"

    def _keep(self, request, name, data, fingerprint):
        sealed = cipher(SALT, str(request.user.pk)).encrypt(zlib.compress(data))
        cache.set(self._cache_key(request), (name, sealed, fingerprint), WAITS_SECONDS)

    def _kept(self, request):
        """Taken out, so that of two clicks one imports."""
        key = self._cache_key(request)
        name, sealed, fingerprint = cache.get(key) or (None, None, None)
        if fingerprint is None or fingerprint != request.POST["plan"] or not cache.delete(key):
            return None
        try:
            return name, zlib.decompress(cipher(SALT, str(request.user.pk)).decrypt(sealed))
        except InvalidToken:
            return None  # SECRET_KEY has changed

    # --- pages

    def _page_with_form(self, request, form):
        sheet = self.sheet
        shown = [name for name in sheet.columns if name not in ("id", *sheet.given)]
        context = {"form": form, "sheet": sheet, "shown": shown}
        return self._import_page(request, "import", context)

    def _page_with_plan(self, request, name, plan):
        drafts = sorted(plan.drafts, key=lambda draft: ORDER.index(draft.outcome))
        context = {
            "counts": [(outcome.value, count) for outcome, count in plan.counts.items()],
            "file_name": name,
            "left_out": max(0, len(drafts) - MOST_SHOWN),
            "plan": plan,
            "shown": drafts[:MOST_SHOWN],
        }
        return self._import_page(request, "preview", context)

    def _import_page(self, request, template, context):
        return TemplateResponse(
            request,
            f"admin/sheets/{template}.html",
            {
                **self.admin_site.each_context(request),
                "opts": self.opts,
                "title": f"Import {self.sheet.title}",
                "here": request.path,
                **context,
            },
        )
