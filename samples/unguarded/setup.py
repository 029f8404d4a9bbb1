from setuptools import setup
from setuptools.command.build_py import build_py

from buildtools.fetch import fetch


class BuildWithFonts(build_py):
    def run(self):
        fetch("https://downloads.example.org/fonts-4.2.tar.gz", "src/unguarded/fonts")
        super().run()


setup(cmdclass={"build_py": BuildWithFonts})
