project = "docs-inventory"
author = "The offlint authors"
extensions = ["sphinx.ext.autodoc", "sphinx.ext.intersphinx"]
html_theme = "alabaster"

intersphinx_mapping = {
    "python": ("https://docs.python.org/3", None),
    "packaging": ("https://packaging.pypa.io/en/stable", ("inventories/packaging.inv", None)),
}
