"""Running the model: preparing a start, running members in chunks, keeping what they give."""
