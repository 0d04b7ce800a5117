class BackupFailed(Exception):
    """Says what went wrong and what to do about it. Nothing that was there has changed."""
