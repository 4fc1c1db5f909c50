"""Imports point one way."""

from pathlib import Path

from importlinter.cli import lint_imports

REPOSITORY = Path(__file__).resolve().parents[2]


def test_imports_point_one_way(capsys):
    status = lint_imports(
        config_filename=str(REPOSITORY / "pyproject.toml"), no_cache=True, no_logo=True
    )
    assert status == 0, capsys.readouterr().out
