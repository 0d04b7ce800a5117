"""What `manage.py seed_demo` fills an empty database with."""
