"""Does judge/commands.py read command lines as a careful person would? Every line of the tables is one case."""

from __future__ import annotations

import ast
import time
from collections.abc import Callable, Iterator

import pytest

from offlint.judge.commands import Check, CommandJudgement, Word, judge_check, judge_command, judge_shell, scripts_run
from offlint.rulebook.checking import load_pages
from offlint.rulebook.loading import load_rulebook
from offlint.rulebook.reader import Page

BOOK = load_rulebook()
PAGES = [page for page in load_pages() if "/commands/" in page.path]
SHA = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"
COMMIT = "0123456789012345678901234567890123456789"
MD5 = "d41d8cd98f00b204e9800998ecf8427e"
SHIPPED = frozenset(["package-lock.json", "js/package-lock.json", "uv.lock", "poetry.lock", "sums.txt", "go.sum", "local.whl"])

# Text => what is said of it. %U is https://h.example, %S a SHA-256, %M an MD5, %C a commit; \\n a new line. Braces are holes.
GIT = r"""
git clone %U/x.git => git clone: %U/x.git to=x mutable
git clone --branch=v1 git@h.example:x.git => git clone: git@h.example:x.git reference=v1 to=x mutable
git clone ../x => none
git clone {repo} copy => git clone: {repo} to=copy mutable
git clone {tmp_path}/x copy => none
git clone --revision %C %U/x => git clone: %U/x verified=git-commit expected=%C reference=%C to=x
git clone %U/x && cd x && git checkout %C => git clone: %U/x verified=git-commit expected=%C to=x
git clone %U/x && cd x && git checkout v1 => git clone: %U/x to=x mutable
git fetch origin %C => git fetch: origin verified=git-commit expected=%C reference=%C
git submodule update --init --recursive => git submodule update: verified=git-commit
git submodule update --init --remote => git submodule update --remote: mutable
git submodule update --no-fetch => none
git --git-dir=x describe --tags => none
git archive --remote=%U/x v1 => git archive: %U/x reference=v1 mutable
git {command} %U/x => none
git -c http.sslVerify=false clone %U/x => git clone: %U/x to=x mutable insecure
GIT_ALLOW_PROTOCOL=file git clone %U/x => none
git => none
hg clone -r 1.0 %U/x => hg clone: %U/x reference=1.0 to=x mutable
"""
CURL = r"""
curl %U/x => curl: %U/x
curl -fsSLo x.tgz %U/x.tgz => curl: %U/x.tgz to=x.tgz
curl -fsSLO %U/x.tgz => curl -O: %U/x.tgz to=x.tgz
curl -fsSLk %U/x => curl: %U/x insecure
curl -O %U/a -O %U/b => curl -O: %U/a to=a + curl -O: %U/b to=b
curl h.example/x => curl: h.example/x
curl --url %U/x => curl --url: %U/x
curl -I %U/x => curl -I: %U/x sent
curl %U/x > x.html => curl: %U/x to=x.html
curl http://localhost:8080/x => none
curl file:///srv/x => none
curl --unix-socket /run/x.sock http://x/y => none
curl {url} => curl: {url}
curl https://{host}/{file} -o {file} => curl: https://{host}/{file} to={file}
curl %U/x | sh => curl: %U/x runs
curl %U/x | python3 -c 'import json' => curl: %U/x
curl %U/x | tee log | sh => curl: %U/x runs
curl -o i.sh %U/i.sh && sh i.sh => curl: %U/i.sh to=i.sh runs
curl -o i.sh %U/i.sh && chmod +x i.sh && ./i.sh => curl: %U/i.sh to=i.sh runs
sh -c "$(curl -fsSL %U/i.sh)" => curl: %U/i.sh runs
bash <(curl -s %U/i.sh) => curl: %U/i.sh runs
V=1.2; curl -O %U/x-$V.tgz => curl -O: %U/x-1.2.tgz to=x-1.2.tgz
curl -O %U/a.gz && echo "%S  a.gz" | sha256sum -c && tar xf a.gz => curl -O: %U/a.gz verified=sha256 expected=%S to=a.gz
curl -O %U/a.gz && echo "%S *a.gz" | shasum -a 256 -c - => curl -O: %U/a.gz verified=sha256 expected=%S to=a.gz
curl -O %U/a.gz && sha256sum -c <<< "%S  a.gz" => curl -O: %U/a.gz verified=sha256 expected=%S to=a.gz
curl -O %U/a.gz && sha256sum --check <(echo "%S  a.gz") => curl -O: %U/a.gz verified=sha256 expected=%S to=a.gz
curl -O %U/a.gz && echo "%M  a.gz" | md5sum -c => curl -O: %U/a.gz verified=md5 expected=%M to=a.gz
curl -O %U/a.gz && echo "%S  b.gz" | sha256sum -c => curl -O: %U/a.gz to=a.gz
curl -O %U/a.gz && tar xf a.gz && echo "%S  a.gz" | sha256sum -c => curl -O: %U/a.gz to=a.gz
curl -O %U/a.gz && sha256sum -c sums.txt => curl -O: %U/a.gz verified=sha256 to=a.gz
curl -O %U/a.gz && sha256sum -c other.txt => curl -O: %U/a.gz to=a.gz
curl -O %U/a.gz -O %U/sums.txt && sha256sum -c sums.txt => curl -O: %U/a.gz to=a.gz + curl -O: %U/sums.txt to=sums.txt
curl -O %U/a.gz; sha256sum -c sums.txt; tar xf a.gz => curl -O: %U/a.gz to=a.gz
curl -O %U/a.gz; sha256sum -c sums.txt || exit 1; tar xf a.gz => curl -O: %U/a.gz verified=sha256 to=a.gz
curl -O %U/a.gz; sha256sum -c sums.txt || echo bad; tar xf a.gz => curl -O: %U/a.gz to=a.gz
set -e\ncurl -O %U/a.gz\nsha256sum -c sums.txt\ntar xf a.gz => curl -O: %U/a.gz verified=sha256 to=a.gz
curl -O %U/a.gz\nsha256sum -c sums.txt\ntar xf a.gz => curl -O: %U/a.gz to=a.gz
curl %U/a.gz | sha256sum -c => curl: %U/a.gz
wget %U/x/y.tgz => wget: %U/x/y.tgz to=y.tgz
wget -qO- %U/i.sh | bash => wget -O: %U/i.sh runs
wget -O y %U/x --no-check-certificate => wget -O: %U/x to=y insecure
aria2c --checksum=sha-256=%S %U/a => aria2c: %U/a verified=sha256 expected=%S to=a
"""
COPIES = r"""
rsync -a src/ dst/ => none
rsync -a {source} {target} => none
scp me@h.example:a b => scp: me@h.example:a to=b
ssh -p 22 h.example ls => ssh: h.example sent
"""
PYTHON = r"""
pip install . => pip install:
pip install -e .[test] => pip install:
pip install --no-deps --no-build-isolation . => none
pip install --no-deps --no-build-isolation numpy => pip install: numpy mutable
pip install --no-index --find-links wheels numpy => none
pip install --no-index --find-links %U/w numpy => pip install: %U/w
pip install -r requirements.txt => pip install:
pip install -r requirements.txt --require-hashes => pip install: verified=sha256
pip install numpy==1.26.0 => pip install: numpy==1.26.0
pip install 'x @ git+%U/x@%C' => pip install: git+%U/x@%C verified=git-commit expected=%C reference=%C
pip install git+%U/x@main => pip install: git+%U/x@main reference=main mutable
pip install %U/x.whl#sha256=%S => pip install: %U/x.whl#sha256=%S verified=sha256 expected=%S
pip install dist/x-1.0-py3-none-any.whl --no-deps => none
pip install dist/x-1.0-py3-none-any.whl => pip install:
pip install --no-deps local.whl => none
pip install --no-deps {folder}/x.whl => none
pip install {package} => pip install: {package}
pip install -i http://localhost:3141/simple numpy => none
pip install --trusted-host h.example numpy => pip install: numpy mutable insecure
pip --version => none
pip {sub} x => none
PIP_NO_INDEX=1 pip install numpy => none
export PIP_NO_INDEX=true && pip install numpy => none
{pip} install numpy => none
python -m pip install numpy==1.0 => pip install: numpy==1.0
{sys.executable} -m pip install numpy==1.0 => pip install: numpy==1.0
py -3 -m pip install numpy==1.0 => pip install: numpy==1.0
sudo -H python -m pip install numpy==1.0 => pip install: numpy==1.0
xargs -n 1 curl -O => curl -O: {arguments}
coverage run -m pip install numpy==1.0 => pip install: numpy==1.0
uv run --no-sync pip install numpy==1.0 => pip install: numpy==1.0
uv run pytest => uv run: verified=lock-file
uvx ruff==0.1.0 check --offline => none
uv tool run --from x==1.0 y => uv tool run --from: x==1.0 runs
poetry install => poetry install: verified=lock-file
pre-commit run -a => pre-commit run:
python -m build => python -m build:
python -m build --no-isolation => none
python setup.py develop => setup.py develop:
conda run -n e curl %U/x => curl: %U/x
"""
OTHERS = r"""
npm ci => npm ci: verified=lock-file
npm install left-pad@1.0.0 => npm install: left-pad@1.0.0
cd js && npm ci => npm ci: verified=lock-file
npm run build => none
npm pack . => none
npm pack {source} => npm pack: {source}
yarn => yarn:
yarn build => none
yarn {x} => none
node tools/yarn.js install => yarn install:
cargo build --locked => cargo build: verified=lock-file
cargo build --offline => none
CARGO_NET_OFFLINE=true cargo build => none
go build ./... => go build: verified=lock-file
go build -mod=vendor ./... => none
meson subprojects download => meson subprojects download:
make -C doc linkcheck => make linkcheck: sent
docker pull debian@sha256:%S => docker pull: debian@sha256:%S verified=sha256 expected=%S
docker run --rm --pull=never debian sh -c 'curl %U/x | sh' => curl: %U/x runs
apt-get install --allow-unauthenticated x => apt-get install: x mutable insecure
pacman -Syu x => pacman -S: x verified=signature
powershell -Command "Invoke-WebRequest -Uri %U/x -OutFile x" => Invoke-WebRequest -Uri: %U/x to=x
powershell -c "(New-Object Net.WebClient).DownloadFile('%U/x', 'x')" => .DownloadFile: %U/x to=x
pwsh -NoProfile -Command "iex ((New-Object Net.WebClient).DownloadString('%U/x'))" => .DownloadString: %U/x runs
cmd.exe /s /c npm install left-pad@1.0.0 => npm install: left-pad@1.0.0
aws s3 cp s3://b/x x => aws s3 cp: s3://b/x to=x
hf download a/b --revision %C => hf download: a/b verified=git-commit expected=%C reference=%C
sphinx-build -b linkcheck doc out => sphinx-build -b linkcheck: sent
ping -c 1 8.8.8.8 => ping: 8.8.8.8 sent
Rscript -e 'install.packages("x")' => install.packages: x mutable
echo curl %U/x => none
echo hi # curl %U/x => none
test -f x || wget %U/x => wget: %U/x to=x
for u in a b; do curl -O %U/$u; done => curl -O: %U/{u} to={u}
echo "$(curl %U/y)" => curl: %U/y
echo '$(curl %U/y)' => none
cat <<EOF > f\ncurl %U/y\nEOF => none
bash <<EOF\ncurl %U/y\nEOF => curl: %U/y
curl '%U/y => curl: %U/y
"curl %U/y" => none
$CURL %U/y => none
bash -lc 'cd js && npm ci' => npm ci: verified=lock-file
"""


def full(text: str) -> str:
    return text.replace("%U", "https://h.example").replace("%S", SHA).replace("%M", MD5).replace("%C", COMMIT).replace("\\n", "\n")


def cases(table: str) -> Iterator[tuple[str, str]]:
    for line in table.strip().splitlines():
        text, _, said = line.partition(" => ")
        yield full(text), full(said)


def say(one: CommandJudgement) -> str:
    flags = [f"{key}={getattr(one, key)}" for key in ("verified", "expected", "reference", "to") if getattr(one, key)]
    flags += [key for key in ("mutable", "insecure", "runs") if getattr(one, key)] + ([] if one.keeps else ["sent"])
    return " ".join([f"{one.api}:", *([one.url] if one.url else []), *flags])


def shell(text: str, *, exact: bool = True, shipped: Callable[[str], bool] = SHIPPED.__contains__, cwd: str = "") -> str:
    found = judge_shell(text, exact, BOOK, shipped=shipped, cwd=cwd)
    return " + ".join(say(one) for one in found) or "none"


def command(*texts: str, cwd: str = "") -> list[CommandJudgement]:
    return judge_command([word(text) for text in texts], BOOK, shipped=SHIPPED.__contains__, cwd=cwd)


def word(text: str) -> Word:
    return Word(text, exact="{" not in text)


@pytest.mark.parametrize(("text", "said"), [case for table in (GIT, CURL, COPIES, PYTHON, OTHERS) for case in cases(table)])
def test_shell_text(text: str, said: str) -> None:
    assert shell(text, exact="{" not in text) == said


def examples() -> Iterator[tuple[Page, str, dict[str, str], dict[int, list[str]]]]:
    for page in PAGES:
        for one in page.examples:
            marks = {line: [" ".join(mark.words) for mark in found] for line, found in one.marks.get("setup.py", {}).items()}
            yield page, one.heading, dict(one.files), marks


@pytest.mark.parametrize(("page", "heading", "files", "marks"), [pytest.param(*one, id=f"{one[0].path}: {one[1]}") for one in examples()])
def test_pages_examples(page: Page, heading: str, files: dict[str, str], marks: dict[int, list[str]]) -> None:
    def shipped(path: str) -> bool:
        return any(file == path or file.startswith(path + "/") for file in files)

    seen = {}
    for node in ast.walk(ast.parse(files["setup.py"])):
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith(("os.", "subprocess.")):
            line = node.args[0]
            if isinstance(line, ast.List):
                words = [
                    word(str(part.value)) if isinstance(part, ast.Constant) else Word("{sys.executable}", exact=False) for part in line.elts
                ]
                found = judge_command(words, BOOK, shipped=shipped)
            else:
                assert isinstance(line, ast.Constant)
                found = judge_shell(str(line.value), True, BOOK, shipped=shipped)
            if found:
                seen[node.lineno] = sorted({one.kind for one in found})
    assert seen == marks, f"{page.path}: {heading}"


def test_there_are_many_programs() -> None:
    assert len(BOOK.commands) > 200


@pytest.mark.parametrize(
    ("words", "api"),
    [
        (["git", "clone", "https://h.example/x"], "git clone"),
        (["{sys.executable}", "-m", "pip", "install", "x"], "pip install"),
        (["{interpreter}", "-m", "pip", "install", "x"], "pip install"),
        (["{prefix}/bin/python{version}", "-m", "pip", "install", "x"], "pip install"),
        (["C:\\Tools\\npm.cmd", "ci"], "npm ci"),
        (["A=b", "sudo", "-u", "me", "env", "-i", "C=d", "pip", "install", "x"], "pip install"),
        (["sh", "-xec", "pip install x"], "pip install"),
        (["bash", "--rcfile", "f", "-c", "pip install x"], "pip install"),
        (["cmd", "/c", "pip", "install", "x"], "pip install"),
        (["docker", "exec", "box", "pip", "install", "x"], "pip install"),
        (["git", "-C", "{folder}", "submodule", "--quiet", "update", "--init"], "git submodule update"),
    ],
)
def test_wrappers_are_seen_through(words: list[str], api: str) -> None:
    assert [one.api for one in command(*words)] == [api]


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["{tool}"],
        ["{tool}", "install", "x"],
        ["pip", "{words}"],
        ["git", "{…}"],
        [""],
        ["\0"],
        ["sudo"],
        ["env", "A=b"],
        ["-c"],
        ["python"],
    ],
)
def test_unknown_words_say_nothing(words: list[str]) -> None:
    assert command(*words) == []


def test_fields() -> None:
    (one,) = command("git", "clone", "-b", "v1", "https://h.example/{name}.git", "vendor/lib")
    assert (one.program, one.sub, one.kind, one.api) == ("git", ("clone",), "git", "git clone")
    assert (one.url, one.url_exact, one.reference, one.mutable) == ("https://h.example/{name}.git", False, "v1", True)
    assert (one.keeps, one.verified, one.insecure, one.runs, one.to) == (True, None, False, False, "vendor/lib")
    assert (one.offline, one.expected) == ("GIT_ALLOW_PROTOCOL=file", None)


def test_a_lock_file_elsewhere_pins_nothing() -> None:
    assert command("npm", "ci", cwd="other")[0].verified is None


@pytest.mark.parametrize("cwd", ["js", "{here}/js", "⟨root⟩/js"])
def test_lock_files_are_looked_up_where_it_runs(cwd: str) -> None:
    assert command("npm", "ci", cwd=cwd)[0].verified == "lock-file"
    assert shell("npm ci", shipped=lambda path: path == "js/package-lock.json", cwd="other") == "npm ci:"


def test_a_module_of_the_tree_is_no_program() -> None:
    words = [Word("python"), Word("-m"), Word("fetch"), Word("https://h.example/x")]
    assert judge_command(words, BOOK, shipped=lambda path: path == "fetch.py") == []
    assert judge_command(words, BOOK, shipped=lambda _: False)


def test_crates_that_ship() -> None:
    vendored = {".cargo/config.toml", "vendor"}
    assert shell("cargo build", shipped=vendored.__contains__) == "none"
    assert shell("go build", shipped={"vendor/modules.txt"}.__contains__) == "none"


def test_checks_of_local_commands() -> None:
    def check(*texts: str, given: str | None = None) -> list[Check]:
        return judge_check([word(text) for text in texts], BOOK, shipped=SHIPPED.__contains__, given=given)

    assert check("git", "checkout", COMMIT) == [Check("git", "git-commit", COMMIT, None)]
    assert check("git", "checkout", "main") == check("git", "checkout", "{commit}") == check("sha256sum", "x") == []
    assert check("sha256sum", "-c", "sums.txt") == [Check("http", "sha256", None, None)]
    assert check("sha256sum", "-c", given=f"{SHA}  a.gz\n") == [Check("http", "sha256", SHA, "a.gz")]


@pytest.mark.parametrize(
    ("words", "scripts"),
    [
        (["python", "script.py", "a", "b"], [("script.py", ["a", "b"])]),
        (["{sys.executable}", "-m", "pkg.mod", "x"], [("-m pkg.mod", ["x"])]),
        (["python3", "-W", "ignore", "-u", "tools/x.py"], [("tools/x.py", [])]),
        (["python", "-c", "import x"], [("-c", ["import x"])]),
        (["{python}", "{here}/x.py", "a"], [("{here}/x.py", ["a"])]),
        (["{x}", "x.py"], [("x.py", [])]),
        (["./setup.py", "build"], [("./setup.py", ["build"])]),
        (["uv", "run", "--with", "y", "x.py"], [("x.py", [])]),
        (["uv", "run", "-m", "pkg"], [("-m pkg", [])]),
        (["coverage", "run", "-p", "-m", "pkg", "a"], [("-m pkg", ["a"])]),
        (["python", "-m", "coverage", "run", "x.py"], [("-m coverage", ["run", "x.py"]), ("x.py", [])]),
        (["sh", "-c", "cd x && python y.py; python -m z"], [("y.py", []), ("-m z", [])]),
        (["env", "A=b", "python", "x.py"], [("x.py", [])]),
        (["make"], []),
        (["python"], []),
        (["python", "-m"], []),
        (["python", "--version"], []),
        ([], []),
    ],
)
def test_scripts_run(words: list[str], scripts: list[tuple[str, list[str]]]) -> None:
    assert [(name, [argument.text for argument in rest]) for name, rest in scripts_run([word(text) for text in words])] == scripts


HOSTILE = [
    "", "\0", "'", '"', "`", "$(", "$((", "<<", "<<EOF", "curl 'x", 'curl "x', "curl `x", "curl $(x", "|", "&&", ";;", ">", "2>&", "((((",
    "\\", "curl \\", "$", "${", "{", "}", "curl {", "sudo " * 50, "sh -c " * 50, "\ud800 curl", "é\x00ü | \r\n curl", "=", "A=", "<<< <<<",
]  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("exact", [True, False])
def test_hostile_text_raises_nothing(text: str, exact: bool) -> None:
    for whole in (text, text + " curl https://h.example", "curl https://h.example " + text):
        judge_shell(whole, exact, BOOK, shipped=lambda _: False)
        words = [Word(part, exact) for part in whole.split(" ")]
        judge_command(words, BOOK, shipped=lambda _: False)
        scripts_run(words)


UNITS = ["curl -O https://h.example/a\n", "a", "'", '"', '\\"', "$(", "(", "`", "{", "=1;", "a=1 ", "<<a\n", "sha256sum -c <("]


@pytest.mark.parametrize("unit", [*UNITS, "git clone x | ", "\\\n", "f(", "sudo ", "{x} ", "sh -c ", "env "])
def test_a_million_characters_take_seconds(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    before = time.process_time()
    judge_shell(text, True, BOOK, shipped=lambda _: False)
    judge_shell(text, False, BOOK, shipped=lambda _: False)
    judge_command([Word("powershell"), Word("-c"), Word(text)], BOOK, shipped=lambda _: False)
    judge_command([Word("pip"), Word("install"), Word(text)], BOOK, shipped=lambda _: False)
    assert time.process_time() - before < 60  # with the square of the length it would be hours
