"""`python -m liptako.cli`."""

from liptako.cli import main

main()
