"""Chats in the back office: to be read by whoever may, to be changed by nobody."""

from django.contrib import admin
from django.template.defaultfilters import linebreaksbr, truncatechars
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from unfold.decorators import display

from audit.admin import WrittenByServices
from coachbot.admin.filters import DeletedFilter, UTCDayRangeFilter
from coachbot.admin.pages import ReadOnlyAdmin
from coachbot.chat.models import Chat, Message

MOMENT = "%d %b %Y, %H:%M"
COLOURS = {"user": "info", "bot": "success"}
LINE = (
    "<tr><td class='pr-6 align-top whitespace-nowrap'>{}</td>"
    "<th class='pr-6 text-left align-top'>{}</th><td>{}</td></tr>"
)
# The page of a chat shows its end; the list of messages has all of them.
SHOWN = 100


@admin.register(Chat)
class ChatAdmin(WrittenByServices, ReadOnlyAdmin):
    """Who talked to the bot, and what was said."""

    fields = ["user", "title", "time_zone", "created_at", "updated_at", "deleted_at", "said"]
    readonly_fields = ["said"]
    list_display = ["title_or_none", "user", "messages", "started", "last_used"]
    list_filter = [DeletedFilter, ("updated_at", UTCDayRangeFilter)]
    list_filter_submit = True
    list_select_related = ["user"]
    search_fields = ["title", "user__username", "user__email"]
    show_full_result_count = False

    def get_queryset(self, request):
        return Chat.everything.select_related("user")

    def get_fields(self, request, obj=None):
        may_read = request.user.has_perm("chat.view_message")
        return self.fields if may_read else [name for name in self.fields if name != "said"]

    @display(description="title", ordering="title")
    def title_or_none(self, chat):
        return str(chat)

    @display(description="messages", ordering="length")
    def messages(self, chat):
        return chat.length

    @display(description="started (UTC)", ordering="created_at")
    def started(self, chat):
        return f"{chat.created_at:{MOMENT}}"

    @display(description="last used (UTC)", ordering="updated_at")
    def last_used(self, chat):
        return f"{chat.updated_at:{MOMENT}}"

    @display(description="said (UTC)")
    def said(self, chat):
        if not chat.length:
            return "Nothing was said yet."
        last = list(chat.messages.order_by("-position")[:SHOWN])[::-1]
        rows = (
            (f"{each.created_at:{MOMENT}}", each.role, linebreaksbr(each.content)) for each in last
        )
        table = format_html("<table>{}</table>", format_html_join("", LINE, rows))
        if chat.length <= SHOWN:
            return table
        address = f"{reverse('admin:chat_message_changelist')}?chat__id__exact={chat.pk}"
        link = format_html('<a href="{}" class="text-link">All {}</a>', address, chat.length)
        return format_html("<p>{}</p>{}", link, table)


@admin.register(Message)
class MessageAdmin(WrittenByServices, ReadOnlyAdmin):
    """All that was said, newest first: to find a chat by a word."""

    fields = ["chat", "position", "role", "content", "payload", "created_at"]
    list_display = ["said_at", "chat", "user", "speaker", "excerpt"]
    list_filter = ["role", ("created_at", UTCDayRangeFilter)]
    list_filter_submit = True
    list_per_page = 50
    list_select_related = ["chat__user"]
    ordering = ["-id"]
    search_fields = ["content", "chat__user__username", "chat__user__email"]
    show_full_result_count = False

    def lookup_allowed(self, lookup, value, request=None):
        return lookup == "chat__id__exact" or super().lookup_allowed(lookup, value, request)

    @display(description="when (UTC)", ordering="id")
    def said_at(self, message):
        return f"{message.created_at:{MOMENT}}"

    @display(description="user", ordering="chat__user__username")
    def user(self, message):
        return message.chat.user

    @display(description="role", ordering="role", label=COLOURS)
    def speaker(self, message):
        return message.role, message.get_role_display()

    @display(description="content")
    def excerpt(self, message):
        return truncatechars(message.content, 80)
