"""What futures came to: measures, tables, endings, ranges over assumptions, base rates."""
