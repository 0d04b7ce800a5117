"""The append-only trail of what staff, specialists and the system did. It knows no other app."""
