"""Runs Lambda's own client of the Runtime API in a process that ends with the platform.

Started as a script, by the interpreter that functions run on:
    python -s -P worker_start.py <handler>
Standard library only: whatever this file imported could be imported by a function.
"""

import ctypes
import runpy
import signal
import sys

PR_SET_PDEATHSIG = 1

if sys.platform == "linux":
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
sys.argv[0] = "awslambdaric"
runpy.run_module("awslambdaric", run_name="__main__", alter_sys=True)
