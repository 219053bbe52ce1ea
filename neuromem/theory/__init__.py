"""Mean-field equations and closed forms, one file a theory; NumPy and SciPy only.

>>> from neuromem import theory
>>> round(theory.hopfield.critical_load(), 4)
0.1379
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
