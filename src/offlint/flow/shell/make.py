"""What does ``make`` run? The recipes of its goals and of their prerequisites, with variables and conditionals as GNU make has them.

A recipe's line is a shell of its own, whose failure ends make. A target that is a file is made where it is missing.
"""

from __future__ import annotations

import fnmatch
import posixpath
import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from offlint.flow import values as v
from offlint.flow.shell.make_texts import Texts, lazy
from offlint.flow.shell.processes import RECIPE
from offlint.flow.summary import since
from offlint.flow.summary import step as next_way
from offlint.flow.texts import template
from offlint.lower.makefile import CannotLower, lower_makefile
from offlint.model import step as s
from offlint.model.lazy import dataclass, field
from offlint.model.span import Span

if TYPE_CHECKING:
    from offlint.flow.machine import Frame
    from offlint.flow.shell.language import Shell
    from offlint.flow.summary import Way

_NAMES = ("GNUmakefile", "makefile", "Makefile")
_TAKES_VALUE = frozenset({"-C", "-f", "-j", "-l", "-I", "-o", "-W", "--directory", "--file", "--makefile"})
#: Prerequisites of prerequisites, and targets, of one run.
MAX_DEPTH = 100
MAX_TARGETS = 2000


@dataclass(slots=True)
class Rule:
    """A target's rule: prerequisites, and the lines of its recipe, each with the condition under which it is there."""

    test: v.Value
    target: str
    prerequisites: list[v.Value]
    recipe: list[tuple[v.Value, str, Span]] = field(default_factory=list)


@dataclass(slots=True)
class Job:
    """One run of make."""

    folder: str
    goals: list[str]
    texts: Texts
    start: Way | None = None
    rules: list[Rule] = field(default_factory=list)
    current: list[Rule] = field(default_factory=list)
    phony: set[str] = field(default_factory=set)
    built: set[str] = field(default_factory=set)
    missing: list[str] = field(default_factory=list)
    cut: bool = False


class Make:
    """Runs make."""

    def __init__(self, shell: Shell) -> None:
        self.sh = shell
        self.m = shell.m
        self._jobs: list[Job] = []
        self._files: dict[str, s.Module | None] = {}
        self._including: list[str] = []

    def run(self, frame: Frame, words: list[v.Value], span: Span) -> v.Value | None:
        """``make [-C folder] [-f file] [NAME=value] [goal…]``: its status; None where the makefile is not in the tree."""
        folder = v.text_of(self.m.store.get(frame.scope, "<folder>") or v.Unknown("folder"))
        goals: list[str] = []
        given: dict[str, v.Value] = {}
        file: str | None = None
        at = 0
        while at < len(words):
            text = v.text_of(words[at]) or template(words[at])
            following = words[at + 1] if at + 1 < len(words) else v.Const("")
            option, joined = text, None
            if re.match(r"-[Cfj].", text):
                option, joined = text[:2], v.Const(text[2:])
            elif text.startswith("--") and "=" in text:
                option, _, value = text.partition("=")
                joined = v.Const(value)
            if option in ("-C", "--directory"):
                inner = self.sh.words.path(frame, joined or following)
                folder = v.text_of(inner)
                folder = "" if folder == "." else folder
            elif option in ("-f", "--file", "--makefile"):
                file = v.text_of(joined or following)
            elif not text.startswith("-") and "=" in text:
                self._given(given, words[at])
            elif not text.startswith("-"):
                goals.append(text)
            takes = option in _TAKES_VALUE and joined is None and not (option in ("-j", "-l") and not template(following).isdigit())
            at += 2 if takes else 1
        if folder is None or folder.startswith(("/", "~", "⟨", "{")):
            return None
        path = self._makefile(folder, file)
        if path is None:
            self._generated(folder, span)
            return None
        job = Job(folder, goals, Texts(self.sh, folder, given))
        scope = self.sh.processes.child(frame, path, [], v.Const(folder))
        step = s.Do(s.Call(s.Name("make run"), (s.Arg(s.Const(path)),), Span(path)), Span(path))
        self._jobs.append(job)
        try:
            return self.sh.processes.process(frame, (step,), scope, {}, span=span, what=f"runs {' '.join([path, *goals])}"[:120])
        finally:
            self._jobs.pop()

    def unread(self, frame: Frame, words: list[v.Value], span: Span) -> v.Value:
        """A makefile that is not in the tree: what the pages say of the command line, and a status that the machine decides."""
        for fetch in self.m.oracle.commands(self.m, self.m.new_items("list", [v.Const("make"), *words]), shell=False, span=span, cwd=""):
            self.m.externals.fetched(frame, fetch)
        return self.m.atom("missing", "make works", span)

    def _given(self, given: dict[str, v.Value], word: v.Value) -> None:
        parts = word.parts if isinstance(word, v.Text) else (word,)
        head = v.text_of(parts[0]) or ""
        name, _, rest = head.partition("=")
        given[name.rstrip(":?+")] = self.m.expressions.join([v.Const(rest), *parts[1:]])

    def _makefile(self, folder: str, file: str | None) -> str | None:
        for name in [file] if file else _NAMES:
            path = posixpath.normpath(posixpath.join(folder, name))
            if not path.startswith(("..", "/")) and self.m.project.exists(path) and not self.m.project.is_dir(path):
                return path
        return None

    def _generated(self, folder: str, span: Span) -> None:
        """A Makefile that the build makes first is not followed; what it is made from may name the network."""
        for name in ("Makefile.in", "Makefile.am", "GNUmakefile.in"):
            path = posixpath.join(folder, name)
            if self.m.project.exists(path):
                self.sh.foreign.say(path, "make", span)
                return

    # reading

    def call(self, frame: Frame, name: str, expr: s.Call) -> v.Value:
        """Evaluate a lowered line."""
        texts = [str(arg.value.value) for arg in expr.args if isinstance(arg.value, s.Const)]
        job = self._jobs[-1] if self._jobs else None
        if job is None:
            return v.TRUE
        match name:
            case "run":
                self._execute(frame, job, texts[0], expr.span)
            case "assign":
                self._assign(frame, job, texts, expr.span)
            case "rule":
                self._rule(frame, job, texts)
            case "recipe":
                for rule in job.current:
                    rule.recipe.append((self._here(frame, job), texts[0], expr.span))
            case "include":
                for word in self.sh.words.split(job.texts.expand(frame, texts[0])):
                    self._include(frame, job, v.text_of(word), expr.span)
            case "defined":
                held = job.texts.read(frame, (v.text_of(job.texts.expand(frame, texts[0])) or texts[0]).strip())
                return self.sh.conditions.filled(held, expr.span)
            case "equal":
                left, right = (job.texts.expand(frame, text) for text in texts[:2])
                return self.sh.conditions.equal(frame, left, right, expr.span)
            case "export":
                for one in texts[0].split():
                    self.m.store.set(frame.scope, f"export {one.partition('=')[0]}", v.TRUE)
            case _:
                pass
        return v.TRUE

    def _here(self, frame: Frame, job: Job) -> v.Value:
        return since(frame.way, job.start)

    def _include(self, frame: Frame, job: Job, name: str | None, span: Span) -> None:
        if not name:
            return
        path = posixpath.normpath(posixpath.join(job.folder, name))
        if path.startswith("..") or path in self._including or len(self._including) > 20:
            return
        if not self.m.project.exists(path):
            job.missing.append(name)  # make tries to make it first
            return
        self._read(frame, path, span)

    def _read(self, frame: Frame, path: str, span: Span) -> None:
        if path not in self._files:
            self._files[path] = None
            text = self.m.project.text(path)
            try:
                self.m.tick(len(text or "") // 100)
                self._files[path] = lower_makefile(text, path)
            except CannotLower as why:
                self.m.leave(span, f"{path}: {why}")
        module = self._files[path]
        if module is not None:
            self._including.append(path)
            self.m.statements.run(frame, module.body)
            self._including.pop()

    def _assign(self, frame: Frame, job: Job, texts: list[str], span: Span) -> None:
        name = (v.text_of(job.texts.expand(frame, texts[0])) or texts[0]).strip()
        op, text = texts[1], texts[2]
        if name in job.texts.given and "override" not in texts[3]:
            return
        held = self.m.store.get(frame.scope, name)
        if op == "?=":
            if held is None:
                default = job.texts.expand(frame, text.strip())
                value: v.Value = (
                    v.Env(name, default, span)
                    if isinstance(default, v.Const | v.Text)
                    else v.choice(self.sh.conditions.filled(v.Env(name, v.Const(""), span), span), v.Env(name, v.Const(""), span), default)
                )
            else:
                value = held
        elif op == "+=":
            value = (
                self.m.expressions.join([job.texts.read(frame, name), v.Const(" "), job.texts.expand(frame, text)])
                if held is not None
                else lazy(text)
            )
        elif op == "=":
            value = lazy(text)
        elif op == "!=":
            value = job.texts.shell(frame, text, span)
        else:
            value = job.texts.expand(frame, text)
        self.m.store.set(frame.scope, name, value)
        if "export" in texts[3]:
            self.m.store.set(frame.scope, f"export {name}", v.TRUE)

    def _rule(self, frame: Frame, job: Job, texts: list[str]) -> None:
        targets = [template(one) for one in self.sh.words.split(job.texts.expand(frame, texts[0]))]
        prerequisites = self.sh.words.split(job.texts.expand(frame, texts[1].replace("|", " ")))
        job.current = []
        for target in targets[:50]:
            if target == ".PHONY":
                job.phony.update(template(one) for one in prerequisites)
            else:
                rule = Rule(self._here(frame, job), target, prerequisites)
                job.rules.append(rule)
                job.current.append(rule)

    # building

    def _execute(self, frame: Frame, job: Job, path: str, span: Span) -> None:
        job.start = frame.way
        for name, value in job.texts.given.items():
            self.m.store.set(frame.scope, f"export {name}", v.TRUE)
            self.m.store.set(frame.scope, name, value)
        self._read(frame, path, span)
        if not frame.alive:
            return
        for name in job.missing[:20]:
            if frame.alive:
                self._build(frame, job, name, 0)
        default = job.texts.read(frame, ".DEFAULT_GOAL")
        first = v.text_of(default) or next(
            (rule.target for rule in job.rules if not rule.target.startswith(".") and "%" not in rule.target), None
        )
        for goal in job.goals or ([first] if first else []):
            if frame.alive:
                self._build(frame, job, goal, 0)

    def _build(self, frame: Frame, job: Job, target: str, depth: int) -> None:
        if target in job.built:
            return
        if depth > MAX_DEPTH or len(job.built) > MAX_TARGETS:
            if not job.cut:
                self.m.leave(Span(frame.scope.file), f"make has more to do than is followed, from {target} on", budget=True)
            job.cut = True
            return
        job.built.add(target)
        rules = [rule for rule in job.rules if rule.target == target]
        stem = ""
        if not any(rule.recipe for rule in rules):
            for rule in job.rules:
                if "%" in rule.target and fnmatch.fnmatchcase(target, rule.target.replace("[", "[[]").replace("%", "*")):
                    head, _, tail = rule.target.partition("%")
                    stem = target[len(head) : len(target) - len(tail)]
                    if rule.recipe:
                        rules = [*rules, rule]
                        break
        for rule in rules:
            for one in rule.prerequisites:
                text = template(one).replace("%", stem) if "%" in rule.target else template(one)
                if frame.alive:
                    self._under(frame, rule.test, partial(self._build, frame, job, text, depth + 1))
        for rule in rules:
            if frame.alive and rule.recipe:
                self._under(
                    frame,
                    v.both(rule.test, self._wanted(frame, job, rule, target)),
                    partial(self._recipe, frame, job, rule, target, stem),
                )

    def _wanted(self, frame: Frame, job: Job, rule: Rule, target: str) -> v.Value:
        """Whether a target has to be made: it is no file, or the file is missing."""
        text = "\n".join(line for _, line, _ in rule.recipe)
        base = posixpath.basename(target)
        is_file = "$@" in text or "$(@" in text or "." in base or "/" in target or re.search(rf"(?<![\w-]){re.escape(base)}(?![\w-])", text)
        if target in job.phony or not is_file or "{" in target:
            return v.TRUE
        path = self.sh.words.path(frame, v.Const(target))
        there = self.m.externals.files.exists(path, rule.recipe[0][2])
        if there == v.TRUE and rule.prerequisites and any(template(one) in job.phony for one in rule.prerequisites):
            return v.TRUE
        return v.negation(there)

    def _under(self, frame: Frame, test: v.Value, work: Callable[[], None]) -> None:
        """Do the work where the test holds, and go on in any case."""
        if test == v.FALSE:
            return
        if test == v.TRUE:
            work()
            return
        start, mark = frame.way, self.m.store.mark()
        frame.narrow(test)
        work()
        ends = [(test, frame.way, self.m.store.changes(mark))] if frame.alive else []
        self.m.store.undo(mark)
        other = v.negation(test)
        self.m.statements.resume(frame, start, [*ends, (other, next_way(start, other, None), {})])

    def _recipe(self, frame: Frame, job: Job, rule: Rule, target: str, stem: str) -> None:
        prerequisites = [template(one).replace("%", stem) for one in rule.prerequisites]
        outer = job.texts.automatic
        first = prerequisites[0] if prerequisites else ""
        job.texts.automatic = {"@": v.Const(target), "<": v.Const(first), "^": v.Const(" ".join(prerequisites)), "*": v.Const(stem),
                         "@D": v.Const(posixpath.dirname(target) or "."), "@F": v.Const(posixpath.basename(target)),
                         "?": v.Const(" ".join(prerequisites)), "+": v.Const(" ".join(prerequisites))}  # fmt: skip
        try:
            for test, line, span in rule.recipe:
                if frame.alive:
                    self._under(frame, test, partial(self._line, frame, job, line, span))
        finally:
            job.texts.automatic = outer

    def _line(self, frame: Frame, job: Job, line: str, span: Span) -> None:
        value = job.texts.expand(frame, line)
        head = v.text_of(value.parts[0] if isinstance(value, v.Text) else value) or ""
        prefix = re.match(r"[\s@+-]*", head)
        flags = prefix[0] if prefix else ""
        if isinstance(value, v.Text):
            value = self.m.expressions.join([v.Const(head[len(flags) :]), *value.parts[1:]])
        elif head:
            value = v.Const(head[len(flags) :])
        if v.text_of(value) == "":
            return
        function = self.sh.processes.text(frame, value, span)
        if function is None:
            return
        scope = self.sh.processes.child(frame, frame.scope.file, [], v.Const(job.folder))
        status = self.sh.processes.process(frame, function.body, scope, {}, span=span, what=RECIPE)
        if self.sh.decides(status) and "-" not in flags:
            self.sh.leave(frame, v.FALSE, span, v.negation(status))
