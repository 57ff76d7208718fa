"""Synthetic notices: made-up IRS letters to made-up people, to try the mail room with.

Everything is decided by a seed, down to the bytes. Nobody in here exists, no number was ever issued, and each
PDF's properties say so. Used by the sandbox, the tests and the benchmarks; never by a run on real mail.
"""
