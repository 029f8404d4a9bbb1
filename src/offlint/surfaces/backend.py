"""Which tool builds the project? The build backend that pyproject.toml names (PEP 517, PEP 518)."""

from __future__ import annotations

from offlint.model.lazy import dataclass
from offlint.project.base import Project
from offlint.project.paths import join, parent
from offlint.surfaces.config import table, text, words
from offlint.surfaces.modules import inside, module_file

_WRAPPERS = ("jupyter_packaging.build_api", "pbr.build", "scikit_build_core.setuptools.build_meta")


@dataclass(frozen=True, slots=True)
class Backend:
    """``module:attribute`` of the backend; ``folders`` are those of backend-path, in the tree; ``file`` is the in-tree module."""

    module: str
    attribute: str
    folders: tuple[str, ...] = ()
    file: str | None = None

    def is_one_of(self, *tops: str) -> bool:
        """Whether the backend is one of these modules, or lies below one."""
        return any(self.module == top or self.module.startswith(f"{top}.") for top in tops)


def backend_of(project: Project) -> Backend | None:
    """The backend; setuptools' where none is named and there is something that it builds; None where nothing is built.

    PEP 517: "If the pyproject.toml file is absent, or the build-backend key is missing, the source tree is not using this
    specification, and tools should revert to the legacy behaviour of running setup.py".
    """
    system = table(project, "build-system")
    named = text(system.get("build-backend"))
    if not named:
        files = project.exists("setup.py") or project.exists("setup.cfg")
        made_for_setuptools = files or system or table(project, "project") or table(project, "tool", "setuptools")
        return Backend("setuptools.build_meta", "__legacy__") if made_for_setuptools else None
    module, _, attribute = named.partition(":")
    folders = tuple(place for path in words(system.get("backend-path")) if (place := inside(path)) is not None)
    return Backend(module.strip(), attribute.strip(), folders, module_file(project, module.strip(), folders))


def wraps(project: Project, backend: Backend, tool: str) -> bool:
    """Whether an in-tree backend, or a module next to it, mentions a tool: it then mostly calls that tool's own hooks."""
    if backend.file is None:
        return False
    if tool in (project.text(backend.file) or ""):
        return True
    around = parent(backend.file)
    if not around or (not backend.file.endswith("__init__.py") and around not in backend.folders):
        return False
    near = [file for file in project.files if file.endswith(".py") and file.startswith(join(around, ""))]
    return any(tool in (project.text(file) or "") for file in near[:200])


def uses_setuptools(project: Project) -> bool:
    """Whether the build runs setuptools, and so setup.py where there is one."""
    backend = backend_of(project)
    if backend is None:
        return False
    return backend.is_one_of("setuptools", *_WRAPPERS) if backend.file is None else wraps(project, backend, "setuptools")


def uses(project: Project, *tops: str) -> bool:
    """Whether the build runs one of these backends, by its module or one below it, or in a wrapper in the tree."""
    backend = backend_of(project)
    if backend is None:
        return False
    return backend.is_one_of(*tops) or any(wraps(project, backend, top) for top in tops)
