"""Canaries: made-up clients whose data is planted, followed through real runs, and searched for
everywhere.
"""
