"""What all pages of the back office share."""
