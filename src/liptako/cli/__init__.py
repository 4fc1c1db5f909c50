"""The command line. Heavy imports wait until a command needs them."""

from __future__ import annotations


def main() -> None:
    """Run the command line."""
    try:
        from liptako.cli.app import app

        app()
    except KeyboardInterrupt:
        raise SystemExit(130) from None
