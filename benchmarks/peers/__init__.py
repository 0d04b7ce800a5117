"""What people would pick instead, each in an environment of its own that is made when needed."""
