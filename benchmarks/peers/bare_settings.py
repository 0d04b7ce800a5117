"""Django as `startproject` leaves it and REST framework, on the project's own tables: the same
people, the same sign-in, pooled connections, but nothing of what else its requests go through."""

from coachbot.settings import *  # noqa: F403 -- the same database, the same people
from coachbot.settings import DATABASES

ROOT_URLCONF = "benchmarks.peers.bare"
for _database in DATABASES.values():
    # As Django sends statements unless told otherwise.
    for _option in ("server_side_binding", "prepare_threshold"):
        _database["OPTIONS"].pop(_option, None)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.SessionTokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
}
