"""What is deployed: that nothing is missing from the image, and that what watches it finds it."""

import re
from pathlib import Path

import yaml
from django.apps import apps
from django.conf import settings
from django.urls import reverse

ROOT = settings.BASE_DIR


def compose():
    return yaml.safe_load(Path(ROOT, "docker-compose.yml").read_text())


def test_every_app_is_in_the_image_and_no_secret():
    copied = re.findall(r"^!(.+)$", Path(ROOT, ".dockerignore").read_text(), re.M)
    ours = {
        config.name.partition(".")[0]
        for config in apps.get_app_configs()
        if Path(config.path).is_relative_to(ROOT) and ".venv" not in config.path
    }

    assert ours - set(copied) == set()
    assert [name for name in copied if not Path(ROOT, name).exists()] == []
    assert [name for name in copied if name.startswith((".", "tests"))] == []


def test_what_the_containers_are_given_is_there():
    services = compose()["services"].values()
    given = {
        volume.partition(":")[0]
        for service in services
        for volume in service.get("volumes", [])
        if volume.startswith("./")
    }
    built = {service["build"] for service in services if "build" in service}

    assert [path for path in given | built if not Path(ROOT, path).exists()] == []


def test_what_containers_ask_is_answered():
    probes = {service["healthcheck"]["test"][-1] for service in web_servers()}

    assert probes == {reverse("health-ready")}
    assert reverse("health-live") in Path(ROOT, "Dockerfile").read_text()


def web_servers():
    return [service for name, service in compose()["services"].items() if name.startswith("web")]
