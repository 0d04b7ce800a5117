"""What people are told by mail, and the pages that mails lead to: see docs/notifications.md."""
