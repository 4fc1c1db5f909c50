"""Past windows forecast as they would have been forecast then, and scored."""
