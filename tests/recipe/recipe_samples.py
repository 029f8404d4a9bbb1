"""Which recipes do the tests of renderings share? One of a project that means harm in every text that it has."""

from __future__ import annotations

from collections.abc import Mapping

from offlint.model.access import Hole
from offlint.model.report import ProjectInfo
from offlint.model.words import Phase, Verdict
from offlint.project.memory import MemoryProject
from offlint.recipe.making import recipe_of
from offlint.recipe.model import Form, Obstacle, PhaseRecipe, Possible, Recipe, Setting, Source
from offlint.rulebook.loading import load_rulebook
from offlint.run import check_project

BOOK = load_rulebook()

#: Texts that end a word, a line, a comment, a string or a code span somewhere, and would then make a file ``pwned``.
HARM = (
    "$(touch pwned)",
    "`touch pwned`",
    "a\ntouch pwned\n",
    "a\r\ntouch pwned",
    "'; touch pwned; '",
    '"; touch pwned; "',
    "\\'; touch pwned #",
    "${x:-$(touch pwned)}",
    "*/ touch pwned",
    '\'\'${builtins.exec ["touch" "pwned"]}',
    "# [__import__('os').system('touch pwned')]",
    "{{ os.system('touch pwned') }}",
    "{% for x in y %}",
    "<script>touch pwned</script>",
    "![x](https://evil.example/x)",
    "```\n# pwned",
    "x` <script>touch pwned</script> `` ` [x](https://evil.example)",
    "| a | b |\n| --- |",
    "\x1b[31m\u202epwned\u2028touch pwned",
    "- x: y\nsources: []",
    "100%",
    "\ud800 #pwned#",
)


def recipe(files: Mapping[str, str], *phases: Phase) -> Recipe:
    """The recipe of a project given by its files."""
    return recipe_of(check_project(MemoryProject(files), phases=frozenset(phases or Phase), rulebook=BOOK), BOOK)


def hostile(text: str) -> Recipe:
    """A recipe in which every text that a project can choose is this one."""
    url = f"https://example.org/{text}"
    sources = tuple(
        Source(
            kind,
            address,
            exact,
            "sha256",
            "ab" * 32,
            text,
            reference,
            (Hole(text, "env", text),),
            (Phase.BUILD,),
            (f"{text}:1",),
            (text,),
            (text,),
            (text,),
            True,
            text,
            text,
        )
        for kind, address, exact, reference in (
            ("file", url, True, ""),
            ("file", text, False, ""),
            ("git", f"{url}.git", True, "a" * 40),
            ("git", "https://example.org/x.git", True, text),
            ("packages", text, False, ""),
        )
    )
    settings = tuple(
        Setting(name, kind, value, "a local copy", "opt-out", (Form(kind, text),), (text,))
        for name, kind, value in (
            ("GOOD", "env", text),
            (text, "env", text),
            (text, "option", text),
            ("HOLE", "env", None),
            (text, "cmake", None),
        )
    )
    tool = Setting("TOOL", "cmake", text, "", "local", (Form("environment", f"CMAKE_ARGS={text}"),), (text,), (), text, text, text)
    phase = PhaseRecipe(
        Phase.BUILD, Verdict.ONLINE, Possible.NO, text, settings, (tool,), (text,), (Obstacle(text, text, text),), (text,), (text,)
    )
    return Recipe(ProjectInfo(text, text, text, text), (phase,), sources)
