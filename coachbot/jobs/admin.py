"""Tasks in the back office: what waits, what failed, and having it tried again."""

from django.contrib import admin
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django_tasks import TaskResultStatus
from django_tasks_db.models import DBTaskResult
from unfold.decorators import display

from audit.admin import WrittenByServices
from coachbot.admin.bulk import BulkMixin, Deed
from coachbot.admin.pages import ReadOnlyAdmin
from coachbot.admin.panels import Panel, on_start_page
from coachbot.jobs import services
from coachbot.jobs.models import AT_ONCE, Task

MOMENT = "%d %b %Y, %H:%M:%S"
STATES = {
    TaskResultStatus.READY: ("waiting", "info"),
    TaskResultStatus.RUNNING: ("running", "warning"),
    TaskResultStatus.SUCCESSFUL: ("done", "success"),
    TaskResultStatus.FAILED: ("failed for good", "danger"),
}
COLOURS = dict(STATES.values())

# Ours says more.
admin.site.unregister(DBTaskResult)


class StateFilter(admin.SimpleListFilter):
    title = "state"
    parameter_name = "state"

    def lookups(self, request, model_admin):
        return [(value, words) for value, (words, _) in STATES.items()]

    def queryset(self, request, queryset):
        return queryset.filter(status=self.value()) if self.value() in STATES else queryset


@admin.register(Task)
class TaskAdmin(WrittenByServices, BulkMixin, ReadOnlyAdmin):
    """Newest first. A failed one was tried as often as its kind is, with growing pauses."""

    actions = ["replay"]
    fields = ["name", "state", "given", "attempts", "entered", "started", "ended", "next_attempt"]
    fields += ["error"]
    readonly_fields = fields
    list_display = ["entered", "name", "given", "state", "attempts", "next_attempt", "last_error"]
    list_filter = [StateFilter]
    list_per_page = 50
    ordering = ["-id"]
    show_full_result_count = False

    def has_replay_permission(self, request):
        return request.user.has_perm("jobs.change_task")

    @admin.action(description="Try selected again", permissions=["replay"])
    def replay(self, request, queryset):
        deed = Deed(
            action="replay",
            title="Try tasks again",
            done="Tried again by the next worker that is free",
            act=lambda row: services.replay(row, actor=request.user, now=timezone.now()),
            foresee=services.require_dead,
            note="Each is tried as often as a new one.",
        )
        return self.in_bulk(request, queryset, deed)

    def show_row(self, task):
        return format_html("<b>{}</b> {}<br>{}", task, self.given(task), self.last_error(task))

    def state_of(self, task):
        return f"{task.status}{task.attempts}"

    @display(description="entered (UTC)", ordering="id")
    def entered(self, task):
        return f"{task.enqueued_at:{MOMENT}}"

    @display(description="task")
    def name(self, task):
        return str(task)

    @display(description="given")
    def given(self, task):
        values = [*task.args_kwargs["args"], *task.args_kwargs["kwargs"].values()]
        return ", ".join(_plain(value) for value in values) or "nothing"

    @display(description="state", label=COLOURS)
    def state(self, task):
        return STATES[task.status][0]

    @display(description="started (UTC)")
    def started(self, task):
        return f"{task.started_at:{MOMENT}}" if task.started_at else "not yet"

    @display(description="ended (UTC)")
    def ended(self, task):
        return f"{task.finished_at:{MOMENT}}" if task.finished_at else "not yet"

    @display(description="next attempt (UTC)")
    def next_attempt(self, task):
        if task.status != TaskResultStatus.READY:
            return "none"
        return "at once" if task.run_after == AT_ONCE else f"{task.run_after:{MOMENT}}"

    @display(description="last error")
    def last_error(self, task):
        return task.traceback.strip().rpartition("\n")[2][:120]

    @display(description="error")
    def error(self, task):
        return format_html("<pre class='overflow-x-auto'>{}</pre>", task.traceback) or "none"


def _plain(value):
    return ", ".join(value.values()) if isinstance(value, dict) else str(value)


@on_start_page
def dead_letters(request):
    """Shown while there are any, to whoever can see to them."""
    if not request.user.has_perm("jobs.change_task"):
        return None
    number = Task.objects.dead().count()
    if not number:
        return None
    link = f"{reverse('admin:jobs_task_changelist')}?state={TaskResultStatus.FAILED}"
    return Panel("admin/jobs/dead_letters.html", {"number": number, "link": link})
