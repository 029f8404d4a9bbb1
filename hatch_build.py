"""What does a wheel hold that no page does? What the pages say, as offlint reads them, so that nobody has to read them again."""

from __future__ import annotations

import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOT = Path(__file__).parent


class RulesHook(BuildHookInterface):
    """Writes ``rulebook/kept.py``'s file for the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Make it of the pages in ``rules/``; an editable installation reads them where they are."""
        if version == "editable":
            return
        sys.path.insert(0, str(ROOT / "src"))
        from offlint.rulebook.kept import SHIPPED, written  # noqa: PLC0415 # it is there now

        # not beside the wheel, where all that there is may be uploaded
        self._folder = TemporaryDirectory()
        made = Path(self._folder.name) / SHIPPED
        made.write_bytes(written(ROOT / "rules"))
        build_data["force_include"][str(made)] = f"offlint/rules/{SHIPPED}"

    def finalize(self, version: str, _build_data: dict[str, Any], _artifact: str) -> None:
        """What was made is in the wheel now."""
        if version != "editable":
            self._folder.cleanup()
