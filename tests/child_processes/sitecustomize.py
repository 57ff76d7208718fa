"""In every Python process that tests start garbage is searched for as seldom as in the tests' own.

Python imports this by itself, since `tests/conftest.py` puts the folder on PYTHONPATH.
"""

import gc

gc.set_threshold(100_000, 50, 50)
