"""`python -m liptako`."""

from liptako.cli import main

if __name__ == "__main__":
    main()
