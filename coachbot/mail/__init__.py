"""Mail that is on its way: stored with what it tells of, and sent by whoever gets to it first."""
