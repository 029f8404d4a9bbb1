"""Which commands have a meaning here? The table that the modules of commands fill, and those that only describe targets and tests."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from offlint.model.lazy import dataclass

if TYPE_CHECKING:
    from offlint.flow.cmake.language import CMake
    from offlint.flow.cmake.words import Word
    from offlint.flow.machine import Frame
    from offlint.model.span import Span

    Command = Callable[[CMake, Frame, list[Word], Span], None]


@dataclass(frozen=True, slots=True)
class Handler:
    """A command; ``raw`` ones get their arguments before lists are split."""

    run: Command
    raw: bool = False


HANDLERS: dict[str, Handler] = {}

#: cmake-commands(7): what neither runs anything, nor sets a variable, nor ends the run.
IGNORED = frozenset({
    "add_compile_definitions", "add_compile_options", "add_definitions", "add_dependencies", "add_link_options", "add_test",
    "build_command", "cmake_minimum_required", "cmake_policy", "create_test_sourcelist", "define_property", "enable_language",
    "enable_testing", "export", "fltk_wrap_ui", "include_directories", "include_external_msproject", "include_guard",
    "include_regular_expression", "link_directories", "link_libraries", "mark_as_advanced", "remove_definitions",
    "set_directory_properties", "set_source_files_properties", "set_target_properties", "set_tests_properties",
    "site_name", "source_group", "target_compile_definitions", "target_compile_features", "target_compile_options",
    "target_include_directories", "target_link_directories", "target_link_libraries", "target_link_options",
    "target_precompile_headers", "target_sources", "variable_watch", "variable_requires", "configure_package_config_file",
    "write_basic_package_version_file", "pybind11_add_module", "python_add_library", "nanobind_add_module", "feature_summary",
    "cmake_push_check_state", "cmake_pop_check_state", "cmake_reset_check_state", "generate_export_header",
    "gtest_discover_tests", "find_package_message", "set_package_properties", "add_feature_info", "cmake_print_variables",
    "cmake_file_api", "load_command",
})  # fmt: skip


def command(*names: str, raw: bool = False) -> Callable[[Command], Command]:
    """Register a function for commands of these names."""

    def register(function: Command) -> Command:
        for name in names:
            HANDLERS[name] = Handler(function, raw)
        return function

    return register
