"""What a person sees, takes along and erases of themselves: across all apps."""
