"""Backups: made, kept, proven and brought back by the commands of the same names."""
