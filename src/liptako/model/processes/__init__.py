"""What happens in a month, one process a file, named as in `liptako.model.step`."""
