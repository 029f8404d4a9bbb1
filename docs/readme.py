"""Does the README show what is printed today? ``python docs/readme.py`` writes it anew, with ``--check`` it only says where it does not.

Written are the blocks that begin with ``$ offlint …`` and go on with output, the table of options between two marks, and docs/output.svg,
which is the first of these commands as a terminal shows it.
"""

from __future__ import annotations

import io
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
README = ROOT / "README.md"
IMAGE = ROOT / "docs" / "output.svg"
SHOWN = "check samples/weak-guard"
WIDTH = 110
FONTS = "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace"

BLOCK = re.compile(r"(?<=^```console\n\$ offlint )(?P<arguments>[^\n]*)\n(?!\$|```)(?P<output>.*?)(?=^```$)", re.MULTILINE | re.DOTALL)
TABLE = re.compile(r"(?<=<!-- options of check -->\n).*?(?=<!-- -->)", re.DOTALL)


def printed(arguments: str, **variables: str) -> str:
    """The standard output of offlint in the project's root."""
    paths = os.pathsep.join([str(ROOT / "src"), *filter(None, [os.environ.get("PYTHONPATH")])])
    done = subprocess.run(  # the README's own command
        [sys.executable, "-m", "offlint", *arguments.split()],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": paths, "PYTHONIOENCODING": "utf-8", **variables},
        capture_output=True,
        encoding="utf-8",
        check=False,
    )
    if done.returncode not in {0, 1} or done.stderr:
        sys.exit(f"offlint {arguments}: exit status {done.returncode}: {done.stderr}")
    return done.stdout


def readme(text: str) -> str:
    """The README with what is printed today."""
    text = BLOCK.sub(lambda found: f"{found['arguments']}\n{printed(found['arguments'])}", text)
    return TABLE.sub(lambda _: "".join(f"{line}\n" for line in options()), text)


def options() -> Iterator[str]:
    """The options of check, as ``--help`` has them, as rows of a table."""
    from offlint.cli import cli  # noqa: PLC0415 # where offlint is at hand only by PYTHONPATH

    yield "| option | |"
    yield "| --- | --- |"
    for one in cli.commands["check"].params:
        if one.param_type_name == "option":
            names = ", ".join(f"`{name}`" for name in one.opts)
            choices = getattr(one.type, "choices", None)
            value = "" if getattr(one, "is_flag", False) else f" {one.metavar or one.type.name.upper()}"
            if choices:
                value = f" `{'|'.join(choices)}`".replace("|", "\\|")
            default = f" [default: {one.default}]" if getattr(one, "show_default", False) else ""
            said = getattr(one, "help", None) or "How it is written."
            yield f"| {names}{value} | {said}{default} |"


def image() -> str:
    """What a terminal shows, as SVG without fonts from elsewhere."""
    from rich.console import Console  # noqa: PLC0415 # as above
    from rich.text import Text  # noqa: PLC0415

    output = printed(SHOWN, FORCE_COLOR="1", COLUMNS=str(WIDTH), TERM="xterm-256color", COLORTERM="truecolor")
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.from_ansi(f"$ offlint {SHOWN}\n{output}"), soft_wrap=False)
    svg = console.export_svg(title="offlint", unique_id="offlint")
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL).replace(
        "Fira Code, monospace", "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
    )


def main() -> int:
    """Write, or with ``--check`` compare the text."""
    old = README.read_text(encoding="utf-8")
    new = readme(old)
    if "--check" in sys.argv[1:]:
        if new != old:
            print("README.md does not show what is printed today; make readme writes it anew")
        return int(new != old)
    README.write_text(new, encoding="utf-8")
    IMAGE.write_text(image(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
