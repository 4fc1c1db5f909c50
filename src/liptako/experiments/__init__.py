"""What futures come to when something differs."""
