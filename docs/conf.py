"""How the documentation is built: `make docs`. Needs no network."""

from importlib import metadata

from pygments.lexers.javascript import JavascriptLexer
from sphinx.highlighting import lexers

project = "tensorscope"
author = "tensorscope contributors"
copyright = "2026, tensorscope contributors"
release = version = metadata.version("jupyter-tensorscope")

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_copybutton",
]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "tensorscope"
html_static_path: list[str] = []

myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 3
suppress_warnings = ["myst.xref_missing_local_file"]  # CONTRIBUTING points to files of the repo

autodoc_member_order = "bysource"
autodoc_typehints = "none"  # the docstrings give types, with shapes and units
autodoc_class_signature = "separated"
napoleon_google_docstring = False
napoleon_use_rtype = False
napoleon_use_ivar = True  # attributes as one compact list
napoleon_custom_sections = ["Cost"]

copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

lexers["jsonc"] = JavascriptLexer()  # JSON with comments, as docs/protocol.md uses

# --nitpicky checks every reference to a name of ours. Other projects' names are not linked,
# because a strict build must not depend on their sites being up.
nitpick_ignore_regex = [(r"py:.*", r"(?!tensorscope\b).*")]
