"""Which functions of the standard library have a meaning here? The table that the builtin_* modules fill.

Each function takes the machine, the frame, the arguments and the place, and gives a value, or None where it has nothing to say.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from offlint.flow import values as v
    from offlint.flow.machine import Arguments, Frame, Machine
    from offlint.model.span import Span

Builtin = Callable[["Machine", "Frame", "Arguments", "Span"], "v.Value | None"]

BUILTINS: dict[str, Builtin] = {}

#: Functions that go through their arguments.
ITERATE = frozenset({
    "builtins.sorted", "builtins.reversed", "builtins.enumerate", "builtins.zip", "builtins.map", "builtins.filter", "builtins.any",
    "builtins.all", "builtins.sum", "builtins.min", "builtins.max", "builtins.iter", "itertools.chain", "itertools.starmap",
    "functools.reduce",
})  # fmt: skip

#: The cell of the store that holds the words of the command line.
COMMAND_LINE = ("program", "argv")
#: The types of three handles: a word of the command line, what a local program answered, and the status of one that failed.
ARGV_ITEM = "sys.argv.item"
OUTPUT = "subprocess.output"
#: The type of a handle for what a pattern finds in such an answer.
FOUND = "subprocess.found"
FAILED = "subprocess.failed"
#: The type of a handle for what a front end hands to the hooks of a build backend (``config_settings``, PEP 517).
SETTINGS = "pep517.config_settings"
#: The type of a handle for the names of a module, a class or an object as a dictionary: ``globals()``, ``vars(x)``, ``x.__dict__``.
NAMESPACE = "builtins.namespace"
#: The type of a handle for what loads a module from a file, and for the description of the module that it gives.
LOADER = "importlib.machinery.SourceFileLoader"
#: The types of handles for attributes of classes that calls make: one that a function works out (``x = property(get)``), and functions that
#: are bound to nothing, or to the class.
PROPERTY, STATIC_METHOD, CLASS_METHOD = "builtins.property", "builtins.staticmethod", "builtins.classmethod"
#: The type of a handle for what was read from a command line.
PARSED = "argparse.Namespace"
#: The type of a handle for what makes a command of a function (``@click.command()``).
MAKER = "click.command"
#: The type of the handle for the context in which a command of click runs.
CONTEXT = "click.Context"
#: Where a mapping that is a documentation tool's option has the option's name in the store.
OPTION = "<option>"
#: The type of a handle for where an object looks for local copies: the folder, and the name of the variable that names another.
COPIES = "places of local copies"
#: The type of a handle for the URL below which a client asks for what has no scheme.
BASE = "base of URLs"


def known_as(*names: str) -> Callable[[Builtin], Builtin]:
    """Register a function under dotted names."""

    def register(function: Builtin) -> Builtin:
        for name in names:
            BUILTINS[name] = function
        return function

    return register
