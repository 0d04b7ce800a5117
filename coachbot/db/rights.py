"""What the groups of staff may do with new tables: granted by a migration, taken back with it."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from django.db import migrations


class Table(NamedTuple):
    """`name` as permissions spell it; `groups` are their rights, such as `view change`."""

    name: str
    groups: Mapping[str, str]


class StaffRights:
    """`tables` of one app, by the names of their models in lower case. A group that a site has
    taken away gets nothing."""

    def __init__(self, app_label: str, tables: Mapping[str, Table]) -> None:
        self.app_label, self.tables = app_label, tables

    def operation(self) -> migrations.RunPython:
        return migrations.RunPython(self._forwards, self._backwards)

    def grant(self, apps: Any, using: str) -> None:
        for group, permission in self._each(apps, using):
            group.permissions.add(permission)

    def _forwards(self, apps: Any, schema_editor: Any) -> None:
        self.grant(apps, schema_editor.connection.alias)

    def _backwards(self, apps: Any, schema_editor: Any) -> None:
        for group, permission in self._each(apps, schema_editor.connection.alias):
            group.permissions.remove(permission)

    def _each(self, apps: Any, using: str) -> Iterator[tuple[Any, Any]]:
        groups = apps.get_model("auth", "Group").objects.using(using)
        for model, table in self.tables.items():
            for group in groups.filter(name__in=table.groups):
                for right in table.groups[group.name].split():
                    yield group, self._permission(apps, using, model, right)

    def _permission(self, apps: Any, using: str, model: str, right: str) -> Any:
        """The row that Django itself would make, but only after the last migration."""
        types = apps.get_model("contenttypes", "ContentType").objects.using(using)
        content_type, _ = types.get_or_create(app_label=self.app_label, model=model)
        rows = apps.get_model("auth", "Permission").objects.using(using)
        row, _ = rows.get_or_create(
            content_type=content_type,
            codename=f"{right}_{model}",
            defaults={"name": f"Can {right} {self.tables[model].name}"},
        )
        return row
