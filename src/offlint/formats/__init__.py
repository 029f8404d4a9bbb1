"""How is a report written? One module a format, each with ``render(reports, options) -> str``; see ``registry``."""
