"""The command `supervision`. Each command imports what it needs when it runs, so that `--help` answers at once."""

import sys

import typer

from app.cli import (
    checking,
    comparing,
    councils,
    demo,
    erasures,
    events,
    evidence,
    exporting,
    keys,
    planning,
    policies,
    replaying,
    samples,
    sealing,
    serving,
    settings,
    signing,
    simulating,
    status,
    tidying,
    working,
)
from app.cli.words import aside
from app.errors import Problem
from app.garbage import collect_rarely

collect_rarely()  # what a command imports is there to stay: looking through it was a fifth of every start
app = typer.Typer(
    name="supervision",
    help="Supervision Ledger: is supervision as our policy says, on any day, and why.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for command in (
    demo.demo, events.push, status.status, comparing.compare, planning.due, planning.plan, replaying.replay,
    exporting.export, sealing.export_sealed, evidence.verify, demo.token, serving.serve, working.work, working.rebuild,
    serving.migrate, settings.config, checking.check, serving.openapi, signing.sign, signing.restore_finished,
    tidying.tidy,
):  # fmt: skip
    app.command()(command)
policies.app.command()(simulating.simulate)
app.add_typer(policies.app, name="policy")
app.add_typer(samples.app, name="sample")
app.add_typer(councils.app, name="council")
app.add_typer(keys.app, name="keys")
app.add_typer(erasures.app, name="erasures")
app.add_typer(signing.app, name="signer")


def main() -> None:
    """Run one command. Exit codes: 0 done; 1 refused, or something is wrong; 2 used wrongly."""
    try:
        app()
    except Problem as problem:
        aside(problem.detail)
        for fault in problem.errors:
            aside(f"    {fault.pointer} {fault.detail}")
        sys.exit(1)
