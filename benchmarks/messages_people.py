"""Who books, confirms, moves and cancels, each in their own way, and writes down what was done."""

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

import requests

from benchmarks.server import PROJECT

HALF_HOUR, MINUTE = timedelta(minutes=30), timedelta(minutes=1)
PATIENCE = 60


class Unexpected(Exception):
    """Something was refused that is right."""


def require(holds: Any, words: object) -> None:
    if not holds:
        raise Unexpected(words)


class Done(NamedTuple):
    """A change that was acknowledged, the `version` that the booking has since, and who is to be
    told by mail."""

    way: str
    what: str
    booking: str
    version: int
    told: frozenset[str]


class Diary:
    """Times that nobody else takes: half hours from the day after tomorrow on, and the minutes
    that come next."""

    def __init__(self) -> None:
        today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
        self._half_hour = today + timedelta(days=2)
        self._minute = datetime.now(UTC).replace(second=0, microsecond=0) + 3 * MINUTE

    def half_hour(self) -> datetime:
        self._half_hour += HALF_HOUR
        return self._half_hour

    def minute(self) -> datetime:
        self._minute += MINUTE
        return self._minute


class Way:
    """One way in. Every change goes to `done`; `closing` are bookings to be closed once begun."""

    name = ""

    def __init__(self, port: int, rows: dict[str, Any], diary: Diary, env: dict[str, str]) -> None:
        self.base = f"http://127.0.0.1:{port}"
        self.rows, self.diary, self.env = rows, diary, env
        self.done: list[Done] = []

    def note(self, what: str, booking: str, version: int, *told: str) -> None:
        self.done.append(Done(self.name, what, booking, version, frozenset(told)))

    def api(self, method: str, path: str, who: str = "", **body: Any) -> Any:
        """The answer's document; anything but a success is an error here."""
        headers = {"X-Session-Token": self.rows["tokens"][who]} if who else {}
        headers |= body.pop("headers", {})
        answer = requests.request(
            method,
            f"{self.base}/api/v1/{path}",
            json=body or None,
            headers=headers,
            timeout=PATIENCE,
        )
        answer.raise_for_status()
        return answer.json()

    def order(self, service: str, at: datetime) -> dict[str, str]:
        return {
            "specialist": self.rows["specialists"]["anna"],
            "service": self.rows["services"][service],
            "starts_at": at.isoformat(),
        }


class Api(Way):
    """A client with an account, and a guest; the specialist confirms, completes, marks no-shows."""

    name = "REST"

    def round(self) -> None:
        self._of_a_client()
        self._of_a_guest()

    def close(self) -> Iterator[tuple[datetime, Any]]:
        """Bookings that begin soon, and what to call once they have begun."""
        for verb, what, told in (("complete", "completed", ["client"]), ("no-show", "no_show", [])):
            at = self.diary.minute()
            booking = self.api("POST", "bookings/", "client", **self.order("Check", at))
            self.note("created", booking["id"], 1, "client", "anna")
            yield at, self._closing(booking["id"], verb, what, told)

    def _closing(self, booking: str, verb: str, what: str, told: list[str]) -> Any:
        def close() -> None:
            self.api("POST", f"bookings/{booking}/{verb}/", "anna")
            self.note(what, booking, 2, *told)

        return close

    def _of_a_client(self) -> None:
        order = self.order("Advice", self.diary.half_hour())
        key = self.api("POST", "bookings/", "client", **order)["id"]
        self.note("created", key, 1, "client", "anna")
        self.api("POST", f"bookings/{key}/confirm/", "anna")
        self.note("confirmed", key, 2, "client")
        at = self.diary.half_hour().isoformat()
        self.api("POST", f"bookings/{key}/reschedule/", "client", starts_at=at)
        self.note("rescheduled", key, 3, "client", "anna")
        self.api("POST", f"bookings/{key}/cancel/", "client", reason="A cold")
        self.note("cancelled", key, 4, "client", "anna")

    def _of_a_guest(self) -> None:
        contact = {"client_name": "Gus", "client_email": "gus@example.com"}
        order = self.order("Massage", self.diary.half_hour())
        booked = self.api("POST", "bookings/", **order, **contact)
        key, token = booked["id"], {"X-Manage-Token": booked["manage_token"]}
        self.note("created", key, 1, "gus", "anna")
        at = self.diary.half_hour().isoformat()
        self.api("POST", f"bookings/{key}/reschedule/", starts_at=at, headers=token)
        self.note("rescheduled", key, 2, "gus", "anna")
        self.api("POST", f"bookings/{key}/cancel/", reason="A cold", headers=token)
        self.note("cancelled", key, 3, "gus", "anna")


class BackOffice(Way):
    """Staff, on the pages of the calendar, for somebody on the phone."""

    name = "back office"
    PAGES = "/admin/scheduling/booking/calendar"

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.browser = requests.Session()
        self.browser.cookies.set("sessionid", self.rows["tokens"]["staff"], domain="127.0.0.1")

    def round(self) -> None:
        key = self._book("Advice")
        self.note("created", key, 1, "pia", "anna")
        self._press(key, "confirm", version=1)
        self.note("confirmed", key, 2, "pia", "anna")
        at = self.diary.half_hour().isoformat()
        self._press(key, "move", version=2, starts_at=at, reason="Her train")
        self.note("rescheduled", key, 3, "pia", "anna")
        ben = self.rows["specialists"]["ben"]
        self._press(key, "hand-over", version=3, specialist=ben, reason="The flu")
        self.note("handed_over", key, 4, "pia", "anna", "ben")
        self._press(key, "cancel", version=4, reason="They called")
        self.note("cancelled", key, 5, "pia", "ben")

    def _book(self, service: str) -> str:
        order = self.order(service, self.diary.half_hour())
        address = f"{self.PAGES}/book/?{urlencode(order)}"
        page = self._post(
            address,
            starts_at=order["starts_at"],
            who="new",
            name="Pia",
            email="pia@example.com",
        )
        listed = self.api("GET", "bookings/?ordering=-created_at", "staff")["results"]
        require("Pia" in page, page)
        return listed[0]["id"]

    def _press(self, key: str, action: str, **fields: Any) -> None:
        self._post(f"{self.PAGES}/{key}/{action}/", **fields)
        version = self.api("GET", f"bookings/{key}/", "staff")["version"]
        require(version == fields["version"] + 1, f"The page refused to {action}.")

    def _post(self, address: str, **fields: Any) -> str:
        page = self.browser.get(f"{self.base}/admin/", timeout=PATIENCE)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page.text)
        require(token, "Nobody is signed in.")
        data = {"csrfmiddlewaretoken": token[1], **fields}
        answer = self.browser.post(f"{self.base}{address}", data=data, timeout=PATIENCE)
        answer.raise_for_status()
        return answer.text


class Bot(Way):
    """A client who talks to the bot over REST."""

    name = "bot"

    def round(self) -> None:
        self.chat = self.api("POST", "chats/", "client")["id"]
        at = self.diary.half_hour()
        booking = self._say(f"is anna free for a massage on {at:%-d %B %Y at %H:%M}?", "1", "yes")
        key, reference = booking["id"], booking["reference"]
        self.note("created", key, 1, "client", "anna")
        at = self.diary.half_hour()
        self._say(f"move {reference} to {at:%-d %B %Y at %H:%M}", "yes")
        self.note("rescheduled", key, 2, "client", "anna")
        self._say(f"cancel {reference}", "yes")
        self.note("cancelled", key, 3, "client", "anna")

    def _say(self, *texts: str) -> dict[str, Any]:
        replies = []
        for text in texts:
            said = self.api("POST", f"chats/{self.chat}/messages/", "client", content=text)
            replies.append(said["reply"])
            if text == "yes" and "booking" in said["reply"]["payload"]:
                return said["reply"]["payload"]["booking"]
        raise Unexpected([reply["content"] for reply in replies])


class Command(Way):
    """The same in a terminal: `manage.py chat`."""

    name = "command"

    def round(self) -> None:
        at = self.diary.half_hour()
        said = self._talk(f"is anna free for a massage on {at:%-d %B %Y at %H:%M}?", "1", "yes")
        found = re.search(r"Your reference is (\w+)", said)
        require(found, said)
        reference = found[1]
        listed = self.api("GET", f"bookings/?reference={reference}", "client")["results"]
        key = listed[0]["id"]
        self.note("created", key, 1, "client", "anna")
        at = self.diary.half_hour()
        said = self._talk(
            f"move {reference} to {at:%-d %B %Y at %H:%M}", "yes", f"cancel {reference}", "yes"
        )
        require("Moved:" in said, said)
        require("Cancelled:" in said, said)
        self.note("rescheduled", key, 2, "client", "anna")
        self.note("cancelled", key, 3, "client", "anna")

    def _talk(self, *lines: str) -> str:
        return subprocess.run(
            [sys.executable, "manage.py", "chat", "--as", "client"],
            check=True,
            cwd=PROJECT,
            env=self.env,
            input="\n".join(lines) + "\n",
            stdout=subprocess.PIPE,
            text=True,
        ).stdout
