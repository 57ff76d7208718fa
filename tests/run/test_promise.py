"""The promise in its short form; `bench/promise.py` has the long one."""

from hypothesis import settings

from tests.run.promise_in_memory import InMemory
from tests.run.promise_over_http import OverHttp

TestPromise = InMemory.TestCase
TestPromise.settings = settings(max_examples=12, stateful_step_count=10, deadline=None)

TestPromiseOverHttp = OverHttp.TestCase
TestPromiseOverHttp.settings = settings(max_examples=4, stateful_step_count=8, deadline=None)
