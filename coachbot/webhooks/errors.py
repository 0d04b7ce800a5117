"""Why the services refuse."""

from coachbot.errors import Conflict, Invalid


class UnknownEvent(Invalid):
    code = "unknown_event"
    message = "Choose the events to be told of: at least one, of those that there are."
    field = "events"


class AddressRefused(Invalid):
    code = "address_refused"
    field = "url"


class SwitchedOff(Conflict):
    code = "switched_off"
    message = "This endpoint is switched off. Switch it on before something is sent there."


class NotReplayable(Conflict):
    code = "not_replayable"
    message = "What it tells of is not there any more."
