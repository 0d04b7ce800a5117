"""Instants as staff read them."""


def in_zone(instant, zone):
    """`instant` on the wall clock of `zone`, and which clock that is: two lines of a cell."""
    local = instant.astimezone(zone)
    return [f"{local:%a %d %b %Y, %H:%M}", f"{zone} {local.isoformat()[-6:]}"]
