"""Places, occupations and the policy pack of the demo world."""

from __future__ import annotations

import tempfile
from pathlib import Path

from marketplace.catalog.operations.occupations import OccupationIntake
from marketplace.catalog.queries.occupations import find_occupation_by_code
from marketplace.demo.offers import OCCUPATIONS
from marketplace.demo.places import PREFECTURE, write_place_files
from marketplace.foundation import clock
from marketplace.foundation.db import write_transaction
from marketplace.foundation.settings import ROOT
from marketplace.imports.intakes import Intake
from marketplace.imports.operations import (
    finish_import_run,
    save_import_piece,
    start_import_run,
)
from marketplace.jurisdictions.operations import JurisdictionIntake
from marketplace.jurisdictions.queries import find_jurisdiction_by_code

PACK = ROOT / "docs" / "packs" / "baicheng_2020.yaml"
PACK_IN_STEPS = ROOT / "docs" / "packs" / "demo_steps.yaml"
PACK_OF_FIRMS = ROOT / "docs" / "packs" / "demo_firms.yaml"


def load_references() -> None:
    """Import the demo's places and occupations through the importers that real files use.

    Left alone where they are there already: a shorter list would retire what it does not name.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if find_jurisdiction_by_code(f"{PREFECTURE[0]}00") is None:
            write_place_files(folder)
            _take_in(JurisdictionIntake(folder))
        if find_occupation_by_code(OCCUPATIONS[-1][0], classification="cn-2022") is None:
            file = folder / "occupations.csv"
            _write_occupations(file)
            _take_in(OccupationIntake(file, classification="cn-2022"))


def _write_occupations(file: Path) -> None:
    header = "code,name,green,digital,level,parent,gbm,worktypes,description"
    rows = [
        f"{code},{title},0,0,{depth},{parent or ''},,,"
        for code, title, depth, parent in OCCUPATIONS
    ]
    file.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")


def _take_in(intake: Intake) -> None:
    with write_transaction():
        run = start_import_run(
            intake.kind,
            source=intake.source,
            as_of=clock.today(),
            file_name="demo",
            file_sha256=f"demo-{intake.kind}",
            actor_id=None,
        )
        save_import_piece(run.id, intake=intake, parsed=list(intake.read()), position=0)
        finish_import_run(run.id, intake=intake)
