import hashlib
import io
import os
import tarfile
import urllib.request
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

URL = "https://downloads.example.org/fonts-4.2.tar.gz"
SHA256 = "5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9"
FONTS = Path("src/guarded/fonts")


class BuildWithFonts(build_py):
    def run(self):
        if not FONTS.is_dir():
            if os.environ.get("NO_NETWORK"):
                raise SystemExit(f"{FONTS} is missing and NO_NETWORK is set: unpack {URL} there")
            data = urllib.request.urlopen(URL, timeout=60).read()
            if hashlib.sha256(data).hexdigest() != SHA256:
                raise SystemExit(f"{URL} is not the file that was meant")
            with tarfile.open(fileobj=io.BytesIO(data)) as archive:
                archive.extractall(FONTS, filter="data")
        super().run()


setup(cmdclass={"build_py": BuildWithFonts})
