"""All commands, assembled."""

from __future__ import annotations

import gc
import os
from typing import Annotated

import typer

from liptako.cli import (
    assumptions,
    bench,
    brief,
    claims,
    compare,
    contrasts,
    data,
    doctor,
    fit,
    lenses,
    outlook,
    reasons,
    run,
    scenario,
    verify,
)
from liptako.cli.output import Failing
from liptako.version import __version__

app = typer.Typer(
    cls=Failing,
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    help="A laboratory for alliance politics and irregular war: simulated futures of a theatre, "
    "with the evidence for every number. It cannot say what will happen to a person or a place.",
)


@app.callback(invoke_without_command=True)
def _root(
    version: Annotated[bool, typer.Option("--version", help="Print the version.")] = False,
) -> None:
    if version:
        typer.echo(__version__)
        raise typer.Exit
    _set_up()


def _set_up() -> None:
    """Set what makes a process start sooner; of use only before the heavy imports."""
    # matrices are small here: on a busy machine, threads wait for one another longer than they work
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    # imports and tracing make many objects that stay: with the default of 700 new ones, looking
    # for garbage among them takes a tenth of the time before the first future
    gc.set_threshold(50_000)
    # the model is written for 32 bits
    os.environ.pop("JAX_ENABLE_X64", None)


app.command("run")(run.run)
app.command("assumptions")(assumptions.assumptions)
app.command("bench")(bench.bench)
app.command("brief")(brief.brief)
app.command("claims")(claims.claims)
app.command("compare")(compare.compare)
app.command("contrasts")(contrasts.contrasts)
app.command("discover")(reasons.discover)
app.command("doctor")(doctor.doctor)
app.command("fit")(fit.fit)
app.command("lenses")(lenses.lenses)
app.command("sensitivity")(reasons.sensitivity)
app.command("show")(outlook.show)
app.command("signposts")(reasons.signposts)
app.command("verify")(verify.verify)
app.add_typer(data.app, name="data")
app.add_typer(scenario.app, name="scenario")
