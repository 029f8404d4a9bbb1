"""Is the configuration read as the schema and the guide say, and does it stay inside the project?"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from offlint.cli import main
from offlint.model.words import Phase
from offlint.settings import _KEYS, FAIL_ON, Settings, SettingsError, find_settings, read_settings, shown_settings

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

SCHEMA = json.loads((Path(__file__).resolve().parent.parent / "src/offlint/offlint.schema.json").read_text(encoding="utf-8"))
VALIDATOR = Draft202012Validator(SCHEMA)


def toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {toml(one)}" for key, one in value.items()) + "}"
    return "[" + ", ".join(map(toml, value)) + "]" if isinstance(value, list) else json.dumps(value)


def taken(table: dict[str, Any], folder: Path) -> bool:
    """Whether offlint takes the settings."""
    (folder / "offlint.toml").write_text("".join(f"{json.dumps(key)} = {toml(value)}\n" for key, value in table.items()), encoding="utf-8")
    try:
        find_settings(folder)
    except SettingsError:
        return False
    return True


# the schema


def test_the_schema_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)
    assert SCHEMA["additionalProperties"] is False


def test_the_schema_has_the_keys_there_are() -> None:
    assert list(SCHEMA["properties"]) == list(_KEYS)
    assert tuple(SCHEMA["properties"]["fail-on"]["enum"]) == FAIL_ON
    assert SCHEMA["$defs"]["phase"]["enum"] == [phase.value for phase in Phase]


def test_the_schema_describes_everything() -> None:
    for key, value in SCHEMA["properties"].items():
        assert value["description"], key
        assert value["examples"], key


@pytest.mark.parametrize("key", SCHEMA["properties"])
def test_examples_and_defaults_are_taken(key: str, tmp_path: Path) -> None:
    (tmp_path / "offlint-rules").mkdir()
    value = SCHEMA["properties"][key]
    for one in [*value["examples"], *([value["default"]] if "default" in value else [])]:
        assert VALIDATOR.is_valid({key: one})
        assert taken({key: one}, tmp_path)


def test_the_schemas_defaults_are_the_defaults(tmp_path: Path) -> None:
    defaults = {key: value["default"] for key, value in SCHEMA["properties"].items() if "default" in value}
    assert taken(defaults, tmp_path)
    found, default = find_settings(tmp_path), Settings()
    for name, _ in _KEYS.values():
        assert getattr(found, name) == getattr(default, name)


WORDS = st.sampled_from(["error", "never", "build", "test", "OFL201", "a", "", " ", "build,docs", "builds", "docs, ", "*.py", "#x", "!x"])
VALUES = st.one_of(
    WORDS,
    st.booleans(),
    st.integers(0, 3),
    st.lists(st.one_of(WORDS, st.booleans()), max_size=2),
    st.dictionaries(WORDS, st.one_of(st.lists(WORDS, max_size=2), st.booleans()), max_size=2),
)


@given(key=st.sampled_from([*_KEYS, "selct"]), value=VALUES)
def test_the_schema_takes_what_the_program_takes(key: str, value: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    assert VALIDATOR.is_valid({key: value}) == taken({key: value}, tmp_path_factory.getbasetemp()), (key, value)


# what is read


def test_everything_that_can_be_set(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(
        '[tool.offlint]\nselect = ["OFL1xx"]\nrequire-reason = true\nbaseline = "known.sarif"\nrules = ["own"]\n'
        '[tool.offlint.per-path-ignores]\n"tests/**" = ["access"]\n"docs/conf.py" = "OFL304, OFL305"\n'
    )
    found = find_settings(tmp_path)
    assert found.require_reason
    assert found.baseline == tmp_path / "known.sarif"
    assert found.rules == (tmp_path / "own",)
    assert found.per_path_ignores == {"tests/**": ("access",), "docs/conf.py": ("OFL304", "OFL305")}
    assert found.selectors == ("OFL1xx", "access", "OFL304", "OFL305")
    assert set(found.origins) == {"select", "require-reason", "baseline", "rules", "per-path-ignores"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("require-reason = 'yes'", "require-reason: should be true or false"),
        ("require-reasons = true", "unknown key 'require-reasons'; did you mean 'require-reason'?"),
        ("per-path-ignores = ['a']", "per-path-ignores: should be a table of patterns with lists of rules"),
        ("per-path-ignores = {'a' = 3}", "per-path-ignores: 'a' should be a list of texts"),
        ("per-path-ignores = {'# a' = ['all']}", "per-path-ignores: '# a' matches nothing"),
        ("per-path-ignores = {'!a' = ['all']}", "per-path-ignores: '!a' matches nothing"),
        ("per-path-ignores = {'a///' = ['all'], '***' = 1, '/' = ['all']}", "per-path-ignores: '***' should be a list of texts"),
        ("per-path-ignores = {'//' = ['all']}", "per-path-ignores: '//' matches nothing"),
        ("baseline = ['a']", "baseline: should be a path"),
        ('baseline = "a\\u0000"', "baseline: should be a path"),
        ('rules = ["a\\u0000"]', "rules: should be a path"),
    ],
)
def test_wrong_values(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "offlint.toml").write_text(text)
    with pytest.raises(SettingsError) as error:
        find_settings(tmp_path)
    assert str(error.value) == f"{tmp_path / 'offlint.toml'}: {said}"


# what a project's own configuration may name


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project beside a folder that is none of its business."""
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "page.md").write_text("# Secret\n")
    (tmp_path / "spam" / "own").mkdir(parents=True)
    return tmp_path / "spam"


@pytest.mark.parametrize("key", ["rules", "baseline"])
@pytest.mark.parametrize("value", ["../secret", "own/../../secret/page.md", "{absolute}", "own/link", "link", "link/page.md", "loop/a"])
def test_nothing_outside_is_read(key: str, value: str, project: Path) -> None:
    (project / "own" / "link").symlink_to("../../secret")
    (project / "link").symlink_to(project.parent / "secret")
    (project / "loop").symlink_to("loop")
    value = value.replace("{absolute}", (project.parent / "secret").as_posix())
    (project / "offlint.toml").write_text(f'{key} = "{value}"\n')
    with pytest.raises(SettingsError, match=f"offlint.toml: {key}: .*configuration names only what is in it"):
        find_settings(project)
    assert getattr(read_settings(project / "offlint.toml"), key)  # the user named this file


def test_no_page_inside_leads_out(project: Path) -> None:
    (project / "own" / "deep").mkdir()
    (project / "own" / "deep" / "page.md").symlink_to("../../../secret/page.md")
    (project / "offlint.toml").write_text("rules = ['own']\n")
    with pytest.raises(SettingsError, match=r"rules: 'own/deep/page.md' leads out of the project"):
        find_settings(project)


def test_links_inside_are_followed(project: Path) -> None:
    (project / "other").mkdir()
    (project / "link").symlink_to("other")
    (project / "offlint.toml").write_text("rules = ['link', 'own/../other', '.']\n")
    assert len(find_settings(project).rules) == 3


@pytest.mark.parametrize("name", ["offlint.toml", "pyproject.toml"])
def test_a_configuration_from_outside_is_none(name: str, project: Path) -> None:
    (project.parent / "secret" / "x.toml").write_text("password = 'x'\n[tool.offlint]\nfail-on = 'never'\n")
    (project / name).symlink_to("../secret/x.toml")
    if name == "pyproject.toml":  # which others read, too, and the check tells of
        assert find_settings(project) == Settings()
        return
    with pytest.raises(SettingsError) as error:
        find_settings(project)
    assert str(error.value) == f"{project / name}: is no file of the project"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_what_is_no_file_is_not_waited_for(project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(project / "own" / "page.md")
    os.mkfifo(project / "known")
    monkeypatch.chdir(project)
    (project / "setup.py").write_text("")
    for text, said in (("rules = ['own']", "own/page.md:1: no regular file"), ("baseline = 'known'", "known: is no file")):
        (project / "offlint.toml").write_text(text)
        with pytest.raises(SystemExit) as stopped:
            main(["."])
        assert stopped.value.code == 2
        assert capsys.readouterr().err == f"offlint: {said}\n"


# --show-config


def test_shown_settings_are_settings(tmp_path: Path) -> None:
    (tmp_path / "offlint.toml").write_text(
        "ignore = ['OFL206']\nrules = ['ö']\nrequire-reason = true\n[per-path-ignores]\n'a\"b' = ['all']\n", encoding="utf-8"
    )
    found = find_settings(tmp_path)
    text = shown_settings(found, "a\nb")
    (tmp_path / "again.toml").write_text(text, encoding="utf-8")
    again = read_settings(tmp_path / "again.toml")
    for name, _ in _KEYS.values():
        assert getattr(again, name) == getattr(found, name), name
    assert set(tomllib.loads(text)) == set(_KEYS) - {"baseline"}


def test_shown_settings_obey_nobody(tmp_path: Path) -> None:
    folder = tmp_path / "a\x1b[2J\u202eb"
    folder.mkdir()
    (folder / "offlint.toml").write_text('ignore = ["\\u001b[2J\\u202e\\u007f\\U0001f600"]\n', encoding="utf-8")
    found = find_settings(folder)
    text = shown_settings(found, str(folder))
    assert all(line.isprintable() for line in text.splitlines())
    assert tomllib.loads(text)["ignore"] == ["\x1b[2J\u202e\x7f\U0001f600"]


def test_where_each_comes_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own").mkdir()
    (tmp_path / "more").mkdir()
    (tmp_path / "pyproject.toml").write_text("[tool.offlint]\nignore = ['OFL206']\nfail-on = 'note'\nrules = ['own']\n")
    with pytest.raises(SystemExit) as stopped:
        main(["--show-config", "--phase", "build", "--rules", "more", "--fail-on", "error", "--select", "access"])
    assert stopped.value.code == 0
    out, err = capsys.readouterr()
    assert not err
    assert out.splitlines() == [
        "# ., pyproject.toml",
        'select = ["access"]  # --select',
        "ignore = []  # --select",
        'fail-on = "error"  # --fail-on',
        'phase = ["build"]  # --phase',
        'rules = ["own", "more"]  # pyproject.toml and --rules',
        "# baseline is not set  # default",
        "require-reason = false  # default",
        "",
        "[per-path-ignores]  # default",
    ]
