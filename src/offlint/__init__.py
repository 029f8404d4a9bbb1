"""offlint: would building, testing or documenting this Python project reach the network?"""

__version__ = "0.1.0"
