"""How Sphinx builds the site: `make docs`, or `make docs QUICK=1` without running the tutorials."""

import os
import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent)]
os.environ.setdefault("COLUMNS", "100")  # of a table that a tutorial prints
for name in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS"):  # a kernel's threads become torch's, which wait for each other
    os.environ.setdefault(name, "1")

import pages  # noqa: E402  a file beside this one

import neuromem  # noqa: E402

pages.write(HERE / "made")

project, author = "neuromem", "The neuromem authors"
version = release = neuromem.__version__
project_copyright = author
extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.viewcode",
    "numpydoc",
    "myst_parser",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]
source_suffix = {".md": "markdown", ".rst": "restructuredtext"}
exclude_patterns = [
    "build",
    "tutorials",
    "sg_execution_times.rst",
    "made/tutorials/sg_execution_times.rst",
    "made/tutorials/*.py",
    "made/tutorials/*.ipynb",
]
default_role = "code"
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
suppress_warnings = ["config.cache"]  # a function in the gallery's settings can't be kept
autodoc_typehints = "none"  # numpydoc says the types in words
autodoc_member_order = "bysource"
numpydoc_show_class_members = False
numpydoc_xref_param_type = False

sphinx_gallery_conf = {
    "examples_dirs": "tutorials",
    "gallery_dirs": "made/tutorials",
    "filename_pattern": r"\.py$",
    "within_subsection_order": "FileNameSortKey",
    "copyfile_regex": "",
    "download_all_examples": False,
    "write_computation_times": False,
    "remove_config_comments": True,
    "show_signature": False,
    "image_scrapers": (pages.pictured,),
    "capture_repr": (),
    "first_notebook_cell": pages.FIRST_CELL,
    "abort_on_example_error": False,
}

html_theme = "pydata_sphinx_theme"
html_title = f"neuromem {version}"
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_sidebars = {page: [] for page in ("index", "made/gallery", "made/ledger")}
html_theme_options = {
    "navbar_align": "left",
    "show_prev_next": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
    "logo": {"text": "neuromem"},
}


def setup(app):
    app.connect("autodoc-process-docstring", pages.readable, priority=100)  # before numpydoc
